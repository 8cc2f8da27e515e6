// Package gotest runs a suite through `go test` and the ginkgo command: the same
// specs as `stalemate check`, over the project's own targets.
package gotest

import (
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

// OnlyVariable of the environment says which cells are run instead of the suite's
// own choice; "*" is all of them, as in `make check-all`.
const OnlyVariable = "STALEMATE_ONLY"

// Run runs the cells of a suite that the pattern matches, with their controls, and
// expects that there was a spec for each. It can be called once in a process.
func Run(t *testing.T, suite, only string, register func(*plan.Plan, *session.Session)) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := gomega.NewWithT(t)
	gomega.RegisterFailHandler(ginkgo.Fail)
	if set := os.Getenv(OnlyVariable); set != "" {
		only = set
	}
	o := session.Options{Files: []string{"../../fixtures"}, Only: only, Out: t.TempDir(), Command: "go test ./suites/" + suite}
	p, err := session.Load(o)
	g.Expect(err).NotTo(gomega.HaveOccurred())
	p = p.Of(suite)
	planned := 0
	for _, c := range p.Cells {
		if c.Plan.Suite == suite {
			planned++
		}
	}
	g.Expect(planned).To(gomega.BeNumerically(">", 0), "cells of the suite that %q matches", only)
	s, err := session.Open(t.Context(), p, o)
	if s != nil {
		t.Cleanup(func() {
			if err := s.Close(""); err != nil {
				t.Errorf("end the run: %v", err)
			}
			// What makes a run not green and belongs to no cell: counts, canaries, pods that failed.
			events, err := record.ReadFile(s.LogPath)
			if err != nil {
				t.Errorf("read the run's log: %v", err)
			}
			for _, problem := range record.Summarise(events).Problems {
				t.Error(problem)
			}
		})
	}
	g.Expect(err).NotTo(gomega.HaveOccurred())
	ginkgo.BeforeSuite(func() { s.Campaign.Start(t.Context()) })
	ginkgo.AfterSuite(func() { s.Campaign.Wait() })
	register(p, s)
	ran := 0
	ginkgo.ReportAfterSuite("every cell was judged", func(r ginkgo.Report) {
		for _, spec := range r.SpecReports {
			if spec.LeafNodeType == types.NodeTypeIt && spec.State.Is(types.SpecStatePassed|types.SpecStateSkipped|types.SpecStateFailed) {
				ran++
			}
		}
	})
	ginkgo.RunSpecs(t, suite)
	g.Expect(ran).To(gomega.Equal(planned), "specs that ran, against cells of the plan")
}
