package run_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/run/localpod"
)

// A bug in one pod must not take the run with it: the process would end with status 2, without a report.
func TestAPanicInAPodMakesItsCellsInconclusive(t *testing.T) {
	g := NewWithT(t)
	server, err := target.Parse("broken.yaml", []byte(`{version: 1, name: broken, image: x, listeners: {web: {port: 80, proto: http}}, limits: {"*": {max: 5s}}}`),
		func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred())
	p, err := plan.Make([]*target.Target{server}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), run.EventLog)
	log, err := record.CreateLog(path, "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	background := func(context.Context, *run.Background) { panic("a bug in a suite") }
	e := run.NewExecution(run.Config{RunID: "r", Log: log, Plan: p, Images: localpod.Images{},
		Suites:   []run.Suite{{Name: plan.TimeoutSuite, Background: background}},
		StartPod: func(context.Context, pod.Spec, func(record.Event)) (run.Server, error) { panic("a bug in a pod") }})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	e.Start(ctx)
	e.Wait()
	g.Expect(log.Close()).To(Succeed())
	events, err := record.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	s := record.Summarise(events)
	g.Expect(s.Exit()).To(Equal(record.ExitInconclusive))
	g.Expect(s.Notices).To(ContainElement(ContainSubstring("panic: a bug in a suite: this is a bug in stalemate")))
	g.Expect(s.Targets[0].Cells()).NotTo(BeEmpty())
	for _, cell := range s.Targets[0].Cells() {
		g.Expect(cell.Judgement.Message).To(ContainSubstring("panic: a bug in a pod: this is a bug in stalemate, at survive_test.go:"), cell.Address)
	}
}
