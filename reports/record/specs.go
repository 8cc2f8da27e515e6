package record

import "slices"

// SpecState is how Ginkgo's spec of a cell ended.
type SpecState string

// The states that agree with a judgement. Ginkgo has more (panicked, timedout, interrupted, aborted, pending): none of them
// agrees with anything.
const (
	SpecPassed   SpecState = "passed"
	SpecFailed   SpecState = "failed"
	SpecSkipped  SpecState = "skipped"
	SpecFiltered SpecState = "filtered" // a filter of Ginkgo's left it out: the cell is there as a control
)

// Spec is the end of one spec, or of Ginkgo's whole run.
type Spec struct {
	Suite     string    `json:"suite"`
	State     SpecState `json:"state,omitempty"`     // spec.ended
	Succeeded bool      `json:"succeeded,omitempty"` // specs.ended: what Ginkgo says of the suite as a whole
	Failures  []string  `json:"failures,omitempty"`  // specs.ended: what failed outside of the specs
}

// agrees says whether a spec that ended so has the same opinion of a cell as the log.
func (s SpecState) agrees(status Status) bool {
	switch s {
	case SpecFiltered:
		return true
	case SpecPassed:
		return status == Passed
	case SpecSkipped:
		return status == Skipped
	case SpecFailed:
		return status == Failed || status == Unknown
	}
	return false
}

// addSpec takes in what Ginkgo says.
func (b *builder) addSpec(e Event) {
	if e.Spec == nil {
		b.problem("an event %s without its payload", e.Kind)
		return
	}
	if e.Kind == SpecsEnded {
		b.specsEnded[e.Spec.Suite] = true
		b.failures = append(b.failures, e.Spec.Failures...)
		b.succeeded = b.succeeded && e.Spec.Succeeded
		return
	}
	if old, twice := b.specs[e.Cell]; twice && old != e.Spec.State {
		b.problem("Ginkgo reported the spec of %s twice: %s, then %s", e.Cell, old, e.Spec.State)
	}
	b.specs[e.Cell] = e.Spec.State
}

// agree makes a cell inconclusive where its spec and the log disagree about it, or where nothing asserted it.
func (b *builder) agree(cell *Cell) {
	if !slices.Contains(b.asserted, cell.Plan.Suite) {
		return
	}
	state, ran := b.specs[cell.Address]
	switch {
	case !b.s.Ended || b.s.Stopped != "": // the run says itself that it was cut off
	case !ran:
		cell.Status = Unknown
		b.problem("%s: Ginkgo ran no spec for it", cell.Address)
	case !state.agrees(cell.Status):
		b.problem("%s: the log says %s and Ginkgo's spec says %s", cell.Address, cell.Status, state)
		cell.Status = Unknown
	}
}

// wholeSuites checks what Ginkgo says of its suites as a whole. A suite fails with its specs, which the cells tell already.
func (b *builder) wholeSuites() {
	if !b.s.Ended || b.s.Stopped != "" {
		return
	}
	failed := false
	for _, state := range b.specs {
		failed = failed || state != SpecPassed && state != SpecSkipped && state != SpecFiltered
	}
	for _, suite := range b.asserted {
		if !b.specsEnded[suite] {
			b.problem("Ginkgo did not report the end of the suite %s", suite)
		}
	}
	for _, failure := range b.failures {
		b.problem("Ginkgo: %s", failure)
	}
	if len(b.asserted) > 0 && b.succeeded == failed && len(b.failures) == 0 {
		b.problem("Ginkgo's suites and its specs disagree: suites succeeded is %t, a spec failed is %t", b.succeeded, failed)
	}
}
