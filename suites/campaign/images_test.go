package campaign

import (
	"bytes"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestTargetsOfOneSourceTakeOnePlaceAmongTheBuilds(t *testing.T) {
	g := NewWithT(t)
	a := &fixtures.Target{Name: "a", Build: "/apache"}
	b := &fixtures.Target{Name: "b", Build: "/nginx"}
	c := &fixtures.Target{Name: "c", Build: "/apache"}
	d := &fixtures.Target{Name: "d", Build: "/apache", BuildArgs: map[string]string{"MPM": "event"}}
	g.Expect(bySource([]*fixtures.Target{a, b, c, d})).To(Equal([][]*fixtures.Target{{a, c}, {b}, {d}}))
}

func TestTheImageOfAServiceIsRecorded(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	c := New(Config{Log: record.NewLog(&out, "r", nil), Plan: &plan.Plan{}})
	i := &images{targets: map[string]made{}}
	edge := &fixtures.Target{Name: "edge"}
	i.keepService(c, edge, fixtures.Service{Name: "app"}, made{image: record.Image{Ref: "example/app:1", Digest: "sha256:1f2e"}})
	i.keepService(c, edge, fixtures.Service{Name: "gone"}, made{err: errors.New("no such image")})
	events, err := record.Read(&out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(1))
	g.Expect(events[0].Target).To(Equal("edge"))
	g.Expect(*events[0].Image).To(Equal(record.Image{Ref: "example/app:1", Digest: "sha256:1f2e", Service: "app"}))
	g.Expect(i.targets).To(HaveLen(2))
}
