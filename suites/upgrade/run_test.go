package upgrade

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

const file = `version: 1
name: edge
image: example/edge:1
listeners: {web: {port: 80, proto: http, stages: [http.headers, http.keep-alive], modes: [silent]}}
limits: {"*": {max: 5s}}
`

const (
	headers   = "web/http.headers/silent"
	keepAlive = "web/http.keep-alive/silent"
)

// fake is an execution without pods. judge gives the judgement of a repeat, once it may be given.
type fake struct {
	plan  *plan.Plan
	log   *record.Log
	judge func(name string, p record.Plan) (record.Judgement, <-chan struct{})
	ready map[string]chan struct{}
	done  chan struct{}
}

func (f *fake) Start(context.Context) {
	for _, c := range f.plan.Cells {
		planned := c.Plan
		f.log.Write(record.Event{Kind: record.CellPlanned, Target: c.Target.Name, Cell: c.Address, Plan: &planned})
	}
	go func() {
		defer close(f.done)
		for _, c := range f.plan.Cells {
			if c.Plan.Canary {
				f.log.Write(record.Event{Kind: record.CanaryChecked, Target: c.Target.Name, Cell: c.Address, Verdict: &record.Judgement{Verdict: c.Plan.Expect, Status: record.Passed}})
				continue
			}
			j, given := f.judge(nameOf(c), c.Plan)
			<-given
			f.log.Write(record.Event{Kind: record.CellJudged, Target: c.Target.Name, Cell: c.Address, Verdict: &j})
			close(f.ready[c.Address])
		}
	}()
}

func (f *fake) Wait() { <-f.done }

func (f *fake) Result(ctx context.Context, address string) (record.Judgement, error) {
	ready, planned := f.ready[address]
	if !planned {
		return record.Judgement{}, errors.New("not in the plan")
	}
	<-ready
	return record.Judgement{}, ctx.Err()
}

func fired() record.Judgement {
	lasted := 3.0
	return record.Judgement{Verdict: record.Fired, Status: record.Passed, Holds: []record.HoldResult{{Released: &lasted, By: record.ByFIN}}}
}

func never() record.Judgement {
	return record.Judgement{Verdict: record.Never, Status: record.Failed, Severity: record.High, Holds: []record.HoldResult{{By: record.ByNothing, WorkerKept: true}}}
}

func now() <-chan struct{} {
	given := make(chan struct{})
	close(given)
	return given
}

// started carries out a comparison of two repeats whose repeats are judged so.
func started(ctx context.Context, t *testing.T, saved []record.Event, judge func(name string, p record.Plan) (record.Judgement, <-chan struct{})) (r *Run, end func() record.Summary) {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "edge.yaml")
	g.Expect(os.WriteFile(path, []byte(file), 0o644)).To(Succeed())
	edge, err := target.LoadAll([]string{path}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	c := plan.Comparison{Baseline: edge[0], Candidate: edge[0], From: 1, Repeats: 2}
	var pick Saved
	if saved != nil {
		c.Baseline, pick = nil, func(func(string) bool) ([]record.Event, error) { return saved, nil }
	}
	u, err := New(c, pick)
	g.Expect(err).NotTo(HaveOccurred())
	log, err := record.CreateLog(filepath.Join(dir, "events.jsonl"), "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{FailOn: record.High}})
	for _, e := range u.Saved {
		log.Write(e)
	}
	executed := func(p *plan.Plan) Execution {
		f := &fake{plan: p, log: log, judge: judge, ready: map[string]chan struct{}{}, done: make(chan struct{})}
		for _, c := range p.Cells {
			f.ready[c.Address] = make(chan struct{})
		}
		return f
	}
	r = open(u, log, filepath.Join(dir, "events.jsonl"), record.High, executed(u.First), executed)
	r.Start(ctx)
	return r, func() record.Summary {
		g.Expect(r.Wait()).To(Succeed())
		log.Write(record.Event{Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
		g.Expect(log.Close()).To(Succeed())
		events, err := record.ReadFile(filepath.Join(dir, "events.jsonl"))
		g.Expect(err).NotTo(HaveOccurred())
		return record.Summarise(record.Runs(events)[0])
	}
}

func outcomes(s record.Summary) map[string]record.Outcome {
	all := map[string]record.Outcome{}
	for _, c := range s.Comparison.Cells {
		all[c.Cell] = c.Outcome
	}
	return all
}

func TestTheOutcomeOfASettledCellDoesNotWaitForOthers(t *testing.T) {
	g := NewWithT(t)
	later := make(chan struct{})
	r, end := started(t.Context(), t, nil, func(name string, p record.Plan) (record.Judgement, <-chan struct{}) {
		switch {
		case name == keepAlive && p.Side == record.Candidate && p.Repeat == 2:
			return never(), later
		case name == keepAlive && p.Side == record.Candidate:
			return never(), now()
		}
		return fired(), now()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	outcome, err := r.Outcome(ctx, Cell{Name: headers})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(outcome.Outcome).To(Equal(record.OutcomeSame))
	close(later)
	outcome, err = r.Outcome(ctx, Cell{Name: keepAlive})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(outcome.Outcome).To(Equal(record.OutcomeRegressed))
	g.Expect(outcome.Candidate.Repeats).To(Equal(2))
	s := end()
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(s.Exit()).To(Equal(1))
	_, err = r.Outcome(ctx, Cell{Name: "web/other/silent"})
	g.Expect(err).To(MatchError(ContainSubstring("not in this comparison")))
}

func TestACellWhoseRepeatsDisagreeIsHeldOnceMore(t *testing.T) {
	g := NewWithT(t)
	disagree := record.Plan{}
	r, end := started(t.Context(), t, nil, func(name string, p record.Plan) (record.Judgement, <-chan struct{}) {
		j := fired()
		if name == keepAlive && p.Side == record.Candidate && p.Repeat == 2 {
			j, disagree = record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown}, p
		}
		return j, now()
	})
	s := end()
	g.Expect(disagree.Repeat).To(Equal(2))
	g.Expect(s.Problems).To(BeEmpty())
	g.Expect(outcomes(s)).To(Equal(map[string]record.Outcome{headers: record.OutcomeSame, keepAlive: record.OutcomeSame}))
	for _, c := range s.Comparison.Cells {
		g.Expect(c.Candidate.Repeats).To(Equal(map[string]int{headers: 2, keepAlive: 4}[c.Cell]), c.Cell)
	}
	g.Expect(r.Outcome(t.Context(), Cell{Name: keepAlive})).To(HaveField("Candidate.Text", "fired 3.0 3.0 3.0s, workers freed"))
}

func TestACellThatIsNotSettledInTheEndIsInconclusive(t *testing.T) {
	g := NewWithT(t)
	_, end := started(t.Context(), t, nil, func(name string, p record.Plan) (record.Judgement, <-chan struct{}) {
		if name == keepAlive && p.Side == record.Candidate && p.Repeat%2 == 0 {
			return never(), now()
		}
		return fired(), now()
	})
	s := end()
	g.Expect(outcomes(s)).To(HaveKeyWithValue(keepAlive, record.OutcomeInconclusive))
	g.Expect(s.Comparison.Cells[1].Why).To(Equal("candidate: repeats disagree: released (2), open (2)"))
	g.Expect(s.Exit()).To(Equal(3))
}

func TestAnInterruptedRunHasNoSecondRound(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, end := started(ctx, t, nil, func(name string, p record.Plan) (record.Judgement, <-chan struct{}) {
		if p.Repeat > 2 {
			t.Errorf("%s of repeat %d was held", name, p.Repeat)
		}
		if p.Repeat == 2 {
			return never(), now()
		}
		return fired(), now()
	})
	g.Expect(outcomes(end())).To(Equal(map[string]record.Outcome{headers: record.OutcomeInconclusive, keepAlive: record.OutcomeInconclusive}))
}

func TestASavedBaselineIsComparedAsItStands(t *testing.T) {
	g := NewWithT(t)
	var saved []record.Event
	add := func(e record.Event) { e.Run, e.T = "old", int64(len(saved)+1); saved = append(saved, e) }
	add(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{}})
	for _, name := range []string{headers, keepAlive, "web/http.gone/silent"} {
		j := fired()
		add(record.Event{Kind: record.CellPlanned, Target: "edge", Cell: "edge/" + name, Plan: &record.Plan{Suite: "timeouts", Expect: record.Fired}})
		add(record.Event{Kind: record.CellJudged, Target: "edge", Cell: "edge/" + name, Verdict: &j})
	}
	add(record.Event{Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
	r, end := started(t.Context(), t, saved, func(name string, p record.Plan) (record.Judgement, <-chan struct{}) {
		if name == keepAlive {
			return never(), now()
		}
		return fired(), now()
	})
	var names []string
	for _, c := range r.upgrade.Cells() {
		names = append(names, c.Name)
	}
	g.Expect(names).To(Equal([]string{headers, keepAlive, "web/http.gone/silent"}))
	s := end()
	g.Expect(s.Comparison.Baseline.Saved).To(Equal("old"))
	g.Expect(outcomes(s)).To(Equal(map[string]record.Outcome{headers: record.OutcomeSame, keepAlive: record.OutcomeRegressed,
		"web/http.gone/silent": record.OutcomeInconclusive}))
	g.Expect(strings.Join(s.Problems, "\n")).To(BeEmpty())
}
