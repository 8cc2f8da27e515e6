package spec

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// The folders of stalemate's targets and reports, relative to the folder of a suite.
const (
	fixtures = "../../fixtures"
	reports  = "../../reports/out"
)

// FilterVariable of the environment holds the label filter of a run that is given none. `go test ./...` takes no flag of Ginkgo's,
// so `make test` selects the cells with it.
const FilterVariable = "STALEMATE_LABEL_FILTER"

// Suite is a suite that the ginkgo command or `go test` runs, over stalemate's targets.
type Suite struct {
	name    string
	plan    *plan.Plan
	options run.Options
	left    map[string]bool // by address: the cells that Ginkgo's filters leave

	results Results // set before the first spec runs
	session *run.Session
	cancel  context.CancelFunc
}

// Load plans the cells of one suite. It starts nothing and needs no container engine. carriedOutBy are the suite itself and, for
// the canaries, the timeouts suite.
func Load(name string, carriedOutBy ...run.Suite) (*Suite, error) {
	o := run.Options{Files: []string{fixtures}, Extent: plan.Thorough, Out: filepath.Join(reports, name), Command: "ginkgo ./suites/" + name,
		Suites: carriedOutBy, Specs: []string{name}}
	p, err := run.Load(o)
	if err != nil {
		return nil, fmt.Errorf("plan the suite %s: %w", name, err)
	}
	s := &Suite{name: name, plan: p.OnlySuite(name), options: o, left: map[string]bool{}}
	if len(s.Cells()) == 0 {
		return nil, fmt.Errorf("plan the suite %s: the target files in %s have no cell for it", name, fixtures)
	}
	return s, nil
}

// Cells are the cells of the suite. Run reduces them to those that Ginkgo's filters leave, and their controls.
func (s *Suite) Cells() []*plan.Cell { return s.plan.CellsOf(s.name) }

// Result waits for a cell's judgement.
func (s *Suite) Result(ctx context.Context, address string) (record.Judgement, error) {
	return s.results.Result(ctx, address)
}

// Run runs the specs that the package describes. First it reduces the plan to the cells that Ginkgo's filters leave and the
// controls that these cells need, so that no other pod starts.
func (s *Suite) Run(t *testing.T) {
	configuration, _ := ginkgo.GinkgoConfiguration()
	configuration.LabelFilter = Filter(configuration.LabelFilter)
	if configuration.LabelFilter == "" && len(configuration.FocusStrings) == 0 && len(configuration.FocusFiles) == 0 {
		configuration.LabelFilter = Filter(cmp.Or(os.Getenv(FilterVariable), "!"+thorough)) // as in `stalemate check`; a filter replaces this one
	}
	built := map[string]bool{}
	for _, r := range ginkgo.PreviewSpecs(s.name, configuration).SpecReports {
		built[r.LeafNodeText] = true
		if r.LeafNodeType == types.NodeTypeIt && !r.State.Is(types.SpecStateSkipped|types.SpecStatePending) {
			s.left[r.LeafNodeText] = true
		}
	}
	for _, c := range s.Cells() {
		if !built[c.Address] {
			t.Fatalf("suite %s has no spec for the cell %s: each cell needs one, or it would be left out unseen", s.name, c.Address)
		}
	}
	if len(s.left) == 0 {
		t.Fatalf("the filters of suite %s leave no spec, so nothing would be tested: `ginkgo --dry-run -v` shows all labels and names", s.name)
	}
	s.plan = s.plan.Narrow(func(address string) bool { return s.left[address] })
	ginkgo.SynchronizedBeforeSuite(s.start, s.follow)
	ginkgo.ReportAfterSuite("every cell was judged, and the run has no problem", s.end)
	ginkgo.RunSpecs(t, s.name, configuration)
}

// planned is how many cells of the suite have a spec that the filters leave.
func (s *Suite) planned() int {
	n := 0
	for _, c := range s.Cells() {
		if s.left[c.Address] {
			n++
		}
	}
	return n
}

// start starts the run in the first process, and returns the path of its log for the other processes.
func (s *Suite) start() []byte {
	if s.planned() == 0 {
		return nil // the filters leave only specs that need no run
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	session, err := run.Open(ctx, s.plan, s.options)
	if err != nil {
		cancel()
		if session != nil {
			err = errors.Join(err, session.Close(err.Error())) // the log in the folder is an earlier run's
		}
		ginkgo.Fail(fmt.Sprintf("start the run of suite %s: %v", s.name, err))
	}
	s.session = session
	s.session.Execution.Start(ctx)
	s.results = s.session.Execution
	path, err := filepath.Abs(s.session.LogPath)
	if err != nil {
		ginkgo.Fail(fmt.Sprintf("name the log of suite %s: %v", s.name, err))
	}
	return []byte(path)
}

// follow lets the other processes of a parallel run read the judgements from the log of the first process.
func (s *Suite) follow(path []byte) {
	if s.results != nil || len(path) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ginkgo.DeferCleanup(cancel)
	s.results = follow(ctx, string(path))
}

// end ends the run after all specs. It fails the suite for problems that belong to no cell: a spec that did not run, a canary that
// was not caught, counts that disagree, or a judgement on which Ginkgo and the log disagree.
func (s *Suite) end(report types.Report) {
	if s.session == nil {
		return
	}
	stopped := ""
	for _, r := range report.SpecReports {
		if r.State.Is(types.SpecStateInterrupted | types.SpecStateAborted | types.SpecStateTimedout) {
			stopped = "interrupted"
		}
	}
	if stopped != "" {
		s.cancel()
	}
	s.session.Execution.Wait()
	s.cancel()
	var addresses []string
	for _, c := range s.Cells() {
		addresses = append(addresses, c.Address)
	}
	Outcome(s.session.Log, s.name, addresses, func(address string) bool { return s.left[address] }, report)
	if err := s.session.Close(stopped); err != nil {
		ginkgo.Fail(fmt.Sprintf("end the run of suite %s: %v", s.name, err))
	}
	events, err := record.ReadFile(s.session.LogPath)
	if err != nil {
		ginkgo.Fail(fmt.Sprintf("read the log of suite %s: %v", s.name, err))
	}
	summary := record.Summarise(events)
	if len(summary.Problems) > 0 {
		ginkgo.Fail(fmt.Sprintf("the run of suite %s has problems, so none of its results counts; its log is %s:\n%s",
			s.name, s.session.LogPath, list(summary.Problems)))
	}
	ginkgo.GinkgoWriter.Printf("the event log of suite %s is %s\n", s.name, s.session.LogPath)
}

// list indents lines for a message.
func list(lines []string) string {
	text := ""
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text
}
