package run

import (
	"bytes"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestTargetsOfOneSourceTakeOnePlaceAmongTheBuilds(t *testing.T) {
	g := NewWithT(t)
	a := &target.Target{Name: "a", Build: "/apache"}
	b := &target.Target{Name: "b", Build: "/nginx"}
	c := &target.Target{Name: "c", Build: "/apache"}
	d := &target.Target{Name: "d", Build: "/apache", BuildArgs: map[string]string{"MPM": "event"}}
	g.Expect(groupBySource([]*target.Target{a, b, c, d})).To(Equal([][]*target.Target{{a, c}, {b}, {d}}))
}

func TestTheImageOfAServiceIsRecorded(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	c := NewExecution(Config{Log: record.NewLog(&out, "r", nil), Plan: &plan.Plan{}})
	i := newImages()
	edge := &target.Target{Name: "edge"}
	i.keepServiceImage(c, edge, target.Service{Name: "app"}, builtImage{image: record.Image{Ref: "example/app:1", Digest: "sha256:1f2e"}})
	i.keepServiceImage(c, edge, target.Service{Name: "gone"}, builtImage{err: errors.New("no such image")})
	events, err := record.Read(&out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(1))
	g.Expect(events[0].Target).To(Equal("edge"))
	g.Expect(*events[0].Image).To(Equal(record.Image{Ref: "example/app:1", Digest: "sha256:1f2e", Service: "app"}))
	g.Expect(i.targets).To(HaveLen(2))
}
