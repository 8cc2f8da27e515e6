package upgrade

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/spec"
)

// The project's own targets and the folder of its reports, as seen from the folder of the suite.
const (
	fixtures = "../../fixtures"
	reports  = "../../reports/out/upgrade"
)

// Pair names two of the project's own targets by their folders, and the cells that are compared.
type Pair struct {
	Baseline, Candidate string
	Only                string
	Repeats             int // pods of each
}

// Suite compares pairs of the project's own targets, for the ginkgo command or `go test`. Each comparison is a run with a log.
type Suite struct {
	suites  []run.Suite // what carries out the cells
	runs    []*pairRun
	left    map[string]bool // addresses of the cells that Ginkgo's filters leave
	context context.Context
	cancel  context.CancelFunc
}

// pairRun is one comparison of the suite. Its session is nil where no filter leaves a cell of it.
type pairRun struct {
	upgrade *Upgrade
	session *run.Session
	run     *Run
}

// Load plans the comparisons. Nothing starts: plans need no engine.
func Load(suites []run.Suite, pairs ...Pair) (*Suite, error) {
	s := &Suite{suites: suites, left: map[string]bool{}}
	for _, p := range pairs {
		c := plan.Comparison{Selection: plan.Selection{Only: p.Only}, From: 1, Repeats: p.Repeats}
		var err error
		if c.Baseline, err = fixture(p.Baseline); err != nil {
			return nil, err
		}
		if c.Candidate, err = fixture(p.Candidate); err != nil {
			return nil, err
		}
		if c.Canaries, err = target.Canaries(); err != nil {
			return nil, err
		}
		u, err := New(c, nil)
		if err != nil {
			return nil, fmt.Errorf("plan the comparison of %s with %s: %w", p.Candidate, p.Baseline, err)
		}
		s.runs = append(s.runs, &pairRun{upgrade: u})
	}
	return s, nil
}

// fixture is the target in a folder of the project's own.
func fixture(folder string) (*target.Target, error) {
	all, err := target.LoadAll([]string{filepath.Join(fixtures, folder, "target.yaml")}, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Cells are those that are compared, before any filter.
func (s *Suite) Cells() []Cell {
	var cells []Cell
	for _, r := range s.runs {
		cells = append(cells, r.upgrade.Cells()...)
	}
	return cells
}

// Outcome waits for the outcome of a cell.
func (s *Suite) Outcome(ctx context.Context, cell Cell) (record.Compared, error) {
	for _, r := range s.runs {
		if r.upgrade.Candidate.Name == cell.Target && r.run != nil {
			return r.run.Outcome(ctx, cell)
		}
	}
	return record.Compared{}, fmt.Errorf("no comparison of %s has started", cell.Target)
}

// Run runs the specs that were built. It narrows each comparison to the cells that Ginkgo's filters leave before anything starts.
func (s *Suite) Run(t *testing.T) {
	configuration, _ := ginkgo.GinkgoConfiguration()
	configuration.LabelFilter = spec.Filter(configuration.LabelFilter)
	for _, r := range ginkgo.PreviewSpecs(record.UpgradeSuite, configuration).SpecReports {
		if r.LeafNodeType == types.NodeTypeIt && !r.State.Is(types.SpecStateSkipped|types.SpecStatePending) {
			s.left[r.LeafNodeText] = true
		}
	}
	if len(s.left) == 0 {
		t.Fatal("the filters of suite upgrade leave no spec, so that nothing would be tested: `ginkgo --dry-run -v` shows all labels and names")
	}
	if err := s.narrow(); err != nil {
		t.Fatalf("narrow the suite upgrade to what its filters leave: %v", err)
	}
	ginkgo.SynchronizedBeforeSuite(func() { s.start() }, func() {})
	ginkgo.ReportAfterSuite("every cell was compared, and no run has a problem", s.end)
	ginkgo.RunSpecs(t, record.UpgradeSuite, configuration)
}

// narrow leaves out the comparisons, and the cells, that the filters leave out.
func (s *Suite) narrow() error {
	var kept []*pairRun
	for _, r := range s.runs {
		c, wanted := r.upgrade.Comparison, map[string]bool{}
		for _, cell := range r.upgrade.Cells() {
			if s.left[cell.Address] {
				wanted[cell.Name] = true
			}
		}
		if len(wanted) == 0 {
			continue
		}
		c.Among = func(name string) bool { return wanted[name] }
		var err error
		if r.upgrade, err = New(c, nil); err != nil {
			return err
		}
		kept = append(kept, r)
	}
	s.runs = kept
	return nil
}

// start opens the runs, and carries them out one after the other: the pods of one must not disturb the other's.
func (s *Suite) start() {
	s.context, s.cancel = context.WithCancel(context.Background())
	for _, r := range s.runs {
		name := r.upgrade.Candidate.Name
		session, err := run.Open(s.context, r.upgrade.First, run.Options{Out: filepath.Join(reports, name), Command: "ginkgo ./suites/upgrade", Suites: s.suites})
		r.session = session
		if err != nil {
			ginkgo.Fail(fmt.Sprintf("start the comparison of %s: %v", name, err))
		}
	}
	for _, r := range s.runs {
		r.run = r.upgrade.Open(r.session, "")
	}
	go func() {
		for _, r := range s.runs {
			r.run.Start(s.context)
			<-r.run.done
		}
	}()
}

// end ends the runs when all specs have, and fails the suite for what belongs to no cell, such as a canary that was not caught.
func (s *Suite) end(report types.Report) {
	why := ""
	for _, r := range report.SpecReports {
		if r.State.Is(types.SpecStateInterrupted | types.SpecStateAborted | types.SpecStateTimedout) {
			why = "interrupted"
		}
	}
	faults := s.notCompared(report)
	for _, r := range s.runs {
		if r.session == nil {
			continue
		}
		if why != "" || r.run == nil {
			s.cancel()
		}
		faults = append(faults, r.end(why)...)
	}
	if s.cancel != nil {
		s.cancel()
	}
	if len(faults) > 0 {
		ginkgo.Fail("the suite upgrade has problems, so that nothing of it is green:\n  " + strings.Join(faults, "\n  "))
	}
}

// notCompared names the cells that the filters leave and whose specs neither passed nor failed. The project's own pairs have every
// stage on both sides, so a skipped cell was lost.
func (s *Suite) notCompared(report types.Report) (faults []string) {
	for _, r := range report.SpecReports {
		if s.left[r.LeafNodeText] && r.State.Is(types.SpecStateSkipped|types.SpecStatePending) {
			faults = append(faults, fmt.Sprintf("%s was not compared: %s", r.LeafNodeText, r.Failure.Message))
		}
	}
	return faults
}

// end ends one run, and says what is wrong with it.
func (r *pairRun) end(why string) (faults []string) {
	fault := func(err error) {
		if err != nil {
			faults = append(faults, fmt.Sprintf("%s: %v", r.upgrade.Candidate.Name, err))
		}
	}
	if r.run != nil {
		fault(r.run.Wait())
	}
	fault(r.session.Close(why))
	events, err := record.ReadFile(r.session.LogPath)
	fault(err)
	for _, problem := range record.Summarise(events).Problems {
		faults = append(faults, fmt.Sprintf("%s: %s; its log is %s", r.upgrade.Candidate.Name, problem, r.session.LogPath))
	}
	return faults
}
