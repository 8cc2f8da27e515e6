package timeouts

import (
	"slices"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// planAutopsy has the serving thread looked at around the hold's deadline, once that is known.
func (h *holding) planAutopsy(t *tracked) error {
	at := deadline(t)
	if at == 0 {
		return nil
	}
	return h.inspector.Send(inspect.Command{AutopsyPlan: autopsyPlan(*t, at)})
}

// autopsyPlan has the serving thread looked at around the deadline. Only where the
// hold is expected never to end may a harmless attach come before the deadline;
// elsewhere nothing may touch what is measured.
func autopsyPlan(t tracked, deadline int64) *inspect.AutopsyPlan {
	// Half of the limit before and after it: the looks of a pod's holds come one after the
	// other, and on a loaded machine those of a hundred holds took more than a second.
	limit := t.cell.Plan.Limit.Seconds
	p := &inspect.AutopsyPlan{Hold: t.ID, Deadline: deadline, Earliest: earliest(t), Attach: "never", Margin: secondLook(t, deadline), Lead: limit / 2}
	if t.cell.Plan.Expect == record.Never {
		p.Attach = "if-harmless"
		if t.cell.Mode.IsSilent() {
			p.Lead = limit * 3 / 4 // nothing happens meanwhile that a later look would see
		}
	}
	return p
}

// beforeCap is how long before the cap the second look is planned: the autopsy follows at the cap.
const beforeCap = 0.3

// secondLook is how long after the deadline the second look comes, in seconds: half of the limit, or sooner where the hold
// ends before that. A look before the limit must have fired would show nothing.
func secondLook(t tracked, deadline int64) float64 {
	l := t.cell.Plan.Limit
	margin := l.Seconds / 2
	left := time.Duration(t.Parked-deadline).Seconds() + t.cell.Plan.Cap - beforeCap
	if must := l.Granularity + l.TooLate; left < margin && left > must {
		return left
	}
	return margin
}

// earliest is the first moment at which a hold's limit may run out: the server's clock cannot begin before
// the connection, nor an idle one before the last byte was sent. What we see of both is later.
func earliest(t tracked) int64 {
	from := t.Connected
	if t.idle() {
		from = max(from, t.LastByte)
	}
	return from + int64(t.cell.Plan.Limit.Seconds*1e9)
}

// autopsyWithin bounds how long the inspector may take for the autopsies of a cell; each takes milliseconds.
const autopsyWithin = 5 * time.Second

// examine asks for the autopsy of a cell that was held for ever against a limit:
// only now, after the verdict, may the process that holds it be attached to.
func (h *holding) examine(cell *plan.Cell) bool {
	holds, _ := h.tracker.of(cell)
	if cell.Plan.Limit == nil || verdict.Cell(cell.Plan, holds).Verdict != record.Never && !(cell.Examine && allKept(holds)) {
		return false
	}
	for _, one := range holds {
		if h.inspector.Send(inspect.Command{Autopsy: &inspect.AutopsyNow{Hold: one.ID}}) != nil {
			return false
		}
	}
	return true
}

// allKept says whether the server has read from all of a cell's connections and kept them all.
func allKept(holds []verdict.Hold) bool {
	return len(holds) > 0 && !slices.ContainsFunc(holds, func(h verdict.Hold) bool {
		end, _ := h.Ended()
		return end != 0 || h.Proven == 0 || h.Failed != ""
	})
}

// demanded is the cause that must be found in a known-bad cell. Trickled bytes wake
// a thread as an alarm does, and some servers arm their timer anew with each, so
// that the cause is told from the silent hold at the same stage.
func demanded(cell *plan.Cell) string {
	if cell.Mode == record.Trickle {
		return ""
	}
	return cell.Rule.Evidence
}
