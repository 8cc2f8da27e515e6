package record

import "fmt"

// Summarise builds the view of one run. It takes any log, the broken ones too;
// what is wrong with it becomes a problem of the summary, which is then not green.
func Summarise(events []Event) Summary {
	b := &builder{
		targets: map[string]*Target{},
		cells:   map[string]*Cell{},
		suites:  map[string]*Suite{},
		holds:   map[string]*followed{},
		failed:  map[string]podFailure{},
		specs:   map[string]SpecState{}, specsEnded: map[string]bool{}, succeeded: true,
	}
	for i, event := range events {
		if i == 0 {
			b.run, b.zero = event.Run, event.T
		}
		if event.Run != b.run {
			b.problem("the log of run %s also has events of another run, %s", b.run, event.Run)
			continue
		}
		b.last = max(b.last, event.T)
		if event.Kind == RunStarted {
			b.zero = event.T
		}
	}
	for _, event := range events {
		if event.Run == b.run {
			b.add(event)
		}
	}
	return b.finish()
}

type builder struct {
	s        Summary
	run      string
	zero     int64 // T of the run's start
	last     int64
	started  bool
	end      int64
	targets  map[string]*Target
	cells    map[string]*Cell
	suites   map[string]*Suite    // of each cell
	holds    map[string]*followed // the latest attempt of each
	failed   map[string]podFailure
	pods     []string // those that failed, in order
	problems map[string]bool

	asserted   []string             // suites whose cells Ginkgo asserts
	specs      map[string]SpecState // by the cell's address
	specsEnded map[string]bool      // by suite
	failures   []string             // outside of the specs
	succeeded  bool                 // every suite, as Ginkgo says
}

func (b *builder) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if b.problems == nil {
		b.problems = map[string]bool{}
	}
	if !b.problems[text] {
		b.problems[text] = true
		b.s.Problems = append(b.s.Problems, text)
	}
}

func (b *builder) at(t int64) float64    { return seconds(b.zero, t) }
func (b *builder) when(t int64) *float64 { v := b.at(t); return &v }

// add takes one event in. An event without the payload of its kind is a problem.
func (b *builder) add(e Event) {
	b.timeSuite(e)
	switch e.Kind {
	case RunStarted, RunEnded, BatchStarted, BatchEnded:
		b.addRun(e)
	case BuildCompared, CellCompared:
		b.addCompared(e)
	case Noticed:
		b.s.Notices = append(b.s.Notices, e.Note)
	case CellPlanned, CellJudged, CanaryChecked:
		b.addCell(e)
	case SpecEnded, SpecsEnded:
		b.addSpec(e)
	default:
		if e.Kind.ofHold() {
			b.addCell(e)
			return
		}
		b.addTarget(e)
	}
}

func (b *builder) addRun(e Event) {
	switch {
	case e.Kind == RunStarted:
		b.started = true
		if e.RunInfo == nil {
			b.problem("the event run.started has no run_info")
			return
		}
		b.s.Version, b.s.Command, b.s.UnixTime = e.RunInfo.Version, e.RunInfo.Command, e.RunInfo.UnixTime
		b.asserted = e.RunInfo.Specs
		b.s.Engine, b.s.Versions, b.s.FailOn = e.RunInfo.Engine, e.RunInfo.Versions, e.RunInfo.FailOn
	case e.Kind == RunEnded:
		b.s.Ended, b.end = true, e.T
		if e.RunInfo != nil {
			b.s.EndExit, b.s.Stopped = e.RunInfo.Exit, e.RunInfo.Stopped
		}
	case e.Batch == nil:
		b.problem("an event %s has no batch", e.Kind)
	case e.Kind == BatchStarted:
		b.s.Batches = append(b.s.Batches, BatchSummary{Number: e.Batch.Number, Targets: e.Batch.Targets,
			Holds: e.Batch.Holds, Planned: e.Batch.Longest, Started: b.at(e.T)})
	default:
		for i := len(b.s.Batches) - 1; i >= 0; i-- {
			if batch := &b.s.Batches[i]; batch.Number == e.Batch.Number && batch.Ended == nil {
				batch.Ended, batch.Longest = b.when(e.T), e.Batch.Longest
				return
			}
		}
		b.problem("batch %d ended and never started", e.Batch.Number)
	}
}
