package record

// The exit statuses of a run.
const (
	ExitOK           = 0
	ExitFailed       = 1
	ExitInconclusive = 3
)

// Exit is the exit status of the run: 1 when a cell failed with a severity that counts (FailOn); else 3 when a cell is
// inconclusive or without a judgement, when nothing was tested, or when the run
// has a problem; else 0. not-run and not-applicable change nothing.
// The outcomes decide instead where the run compared two builds.
func (s Summary) Exit() int {
	switch {
	case s.Comparison != nil:
		return s.Comparison.exit(s.Problems)
	case s.Tally.Statuses[Failed] > s.Tally.Below:
		return ExitFailed
	case s.Tally.Statuses[Unknown] > 0 || s.Tally.Tested() == 0 || len(s.Problems) > 0:
		return ExitInconclusive
	}
	return ExitOK
}

// Word is the exit status as one word: PASS, FAIL or INCONCLUSIVE.
func (s Summary) Word() string {
	switch s.Exit() {
	case ExitOK:
		return "PASS"
	case ExitFailed:
		return "FAIL"
	}
	return "INCONCLUSIVE"
}

// finish settles the status of every cell, counts, and names what keeps the run from being green.
func (b *builder) finish() Summary {
	b.s.Run = b.run
	if b.end == 0 {
		b.end = b.last
	}
	b.s.Wall = b.at(b.end)
	b.s.Tally = newTally()
	for _, target := range b.s.Targets {
		target.Tally = newTally()
		for _, cell := range target.Cells() {
			b.settle(cell)
			b.agree(cell)
			cell.Below = cell.Status == Failed && cell.Judgement.Severity.Below(b.s.FailOn)
			target.Tally.count(cell)
			b.s.Tally.count(cell)
		}
	}
	b.wholeSuites()
	b.finishComparison()
	b.podsFailed()
	if !b.started {
		b.problem("the log has no start")
	}
	switch {
	case !b.s.Ended:
		b.problem("the log has no end: the run was cut off")
	case b.s.Stopped != "":
		b.problem("the run was stopped: %s", b.s.Stopped)
	case b.s.EndExit != 0 && b.s.Exit() == ExitOK:
		b.problem("the run itself ended with exit status %d", b.s.EndExit)
	}
	if b.s.Tally.Tested() == 0 {
		b.problem("nothing was tested")
	}
	return b.s
}

// settle decides what a cell's judgement counts as. Only a judgement that agrees
// with itself can be green.
func (b *builder) settle(cell *Cell) {
	if cell.Plan.Canary {
		cell.Status = Unknown
		switch {
		case cell.Canary != nil && cell.Canary.Status == Passed:
			cell.Status = Passed
		case b.s.Stopped != "": // the run ended before it was checked, and that is a problem of its own
		case cell.Canary == nil:
			b.problem("the canary %s was not checked", cell.Address)
		default:
			b.problem("the canary %s was not caught: %s", cell.Address, cell.Canary.Message)
		}
		return
	}
	judgement := cell.Judgement
	if judgement == nil {
		cell.Status = Unknown
		return
	}
	cell.Status = judgement.Status
	expect := judgement.Expect
	if expect == "" {
		expect = cell.Plan.Expect
	}
	switch {
	case !judgement.Status.known() || !judgement.Verdict.known():
		cell.Status = Unknown
		b.problem("%s: unknown verdict %q with status %q", cell.Address, judgement.Verdict, judgement.Status)
	case judgement.Verdict == Inconclusive && judgement.Status != Failed:
		cell.Status = Unknown
	case judgement.Status == Passed && judgement.Verdict != AsDeclared && expect != "" && judgement.Verdict != expect:
		cell.Status = Unknown
		b.problem("%s: passed as %s; expected %s", cell.Address, judgement.Verdict, expect)
	}
	good := expect == Fired || expect == Starts || expect == Serves || expect == AsDeclared || expect == ""
	cell.Reproduced = cell.Status == Passed && !good && judgement.Verdict == expect
}

func newTally() Tally {
	return Tally{Verdicts: map[Verdict]int{}, Statuses: map[Status]int{}, ReproducedAs: map[Verdict]int{}, WaivedAs: map[Verdict]int{}}
}

func (t *Tally) count(cell *Cell) {
	if cell.Plan.Canary {
		t.Canaries++
		if cell.Status == Passed {
			t.Caught++
		}
		return
	}
	t.Planned++
	t.Statuses[cell.Status]++
	if cell.Below {
		t.Below++
	}
	if cell.Judgement == nil {
		return
	}
	t.Judged++
	t.Verdicts[cell.Judgement.Verdict]++
	if cell.Reproduced {
		t.Reproduced++
		t.ReproducedAs[cell.Judgement.Verdict]++
	}
	if cell.Status == Skipped && cell.Judgement.Waiver != "" {
		t.Waived++
		t.WaivedAs[cell.Judgement.Verdict]++
	}
}
