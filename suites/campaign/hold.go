package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"stalemate/containers/autopsy"
	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// holding is the part of a unit's run in which connections are parked.
type holding struct {
	*unitRun
	tracker   *tracker
	attacker  *talk
	inspector *talk
	told      chan record.Event // events that need an answer to the inspector
	counts    chan record.Event
	last      *record.Judgement // of the cell that is judged after the inspection
	lastAgain bool              // that cell is held again and not judged yet
}

// hold parks all holds of the unit, and judges each cell when nothing more can change it.
func (r *unitRun) hold(ctx context.Context) error {
	attackPlan := attack(r.campaign.Run, r.unit, r.pod.Address())
	cells := map[string]*plan.Cell{}
	for _, c := range r.unit.Cells {
		cells[c.Address] = c
	}
	h := &holding{unitRun: r, tracker: newTracker(attackPlan.Holds, cells),
		told:   make(chan record.Event, 8*len(attackPlan.Holds)+16), // more than are ever told, so that hearing never waits
		counts: make(chan record.Event, 4)}
	h.tracker.among = r.prepared
	h.inspector = say(ctx, r.pod, pod.Inspector, "inspect", h.hear)
	defer h.inspector.end()
	before, err := h.passiveOpens(ctx)
	if err != nil {
		return fmt.Errorf("count the connections of target %s: %w", r.unit.Target.Name, err)
	}
	h.attacker = say(ctx, r.pod, pod.Attacker, "attack", h.hear)
	defer h.attacker.end()
	if err := h.attacker.send(attackPlan); err != nil {
		return fmt.Errorf("give the attacker of target %s its plan: %w", r.unit.Target.Name, err)
	}
	if err := h.watch(ctx); err != nil {
		return err
	}
	planned := len(attackPlan.Holds) + h.inspect(ctx)
	if err := h.checkCounts(ctx, before, planned); err != nil {
		return err
	}
	return h.servesOn(ctx)
}

// servesOn asks the target once more when its holds are over: one that died of them let go of all of
// them, which would look like a limit that may end sooner.
func (h *holding) servesOn(ctx context.Context) error {
	// What is still held is let go of, so that somebody is there to answer. Nobody may take that for a
	// release: the inspector has gone by then.
	h.inspector.end()
	gone := time.NewTimer(endWithin)
	defer gone.Stop()
	select {
	case <-h.inspector.over:
	case <-gone.C:
	}
	h.attacker.end()
	if err := Ready(ctx, h.pod, h.unit.Target); err != nil {
		return fmt.Errorf("target %s was held and does not serve any more: %w", h.unit.Target.Name, err)
	}
	return nil
}

// hear takes in an event from either end.
func (h *holding) hear(e record.Event) {
	h.emit(e)
	h.tracker.hear(e)
	switch {
	case e.Kind == record.HoldParked, e.Kind == record.HoldProven, e.Kind == record.HoldTrickled, e.Kind == record.HoldReleased && e.Release.By != record.ByNothing:
		h.told <- e
	case e.Net != nil:
		select {
		case h.counts <- e:
		default:
		}
	}
}

// watch goes on until every cell is judged.
func (h *holding) watch(ctx context.Context) error {
	open := map[*plan.Cell]bool{}
	for _, c := range h.unit.Cells {
		open[c] = true
	}
	examined := map[*plan.Cell]time.Time{} // cells whose autopsies are awaited, and until when
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for len(open)+len(examined) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("hold connections to target %s: %w", h.unit.Target.Name, ctx.Err())
		case err := <-h.attacker.over:
			h.tracker.abandon(fmt.Sprintf("the attacker ended: %v", ended(err)))
		case err := <-h.inspector.over:
			h.tracker.abandon(fmt.Sprintf("the inspector ended: %v", ended(err)))
		case e := <-h.told:
			if err := h.tell(e); err != nil {
				return fmt.Errorf("tell the inspector of target %s: %w", h.unit.Target.Name, err)
			}
			continue
		case <-tick.C:
		}
		for _, cell := range h.tracker.close(open) {
			delete(open, cell)
			if h.examine(cell) {
				examined[cell] = time.Now().Add(autopsyWithin)
				continue
			}
			h.judge(cell)
		}
		for cell, until := range examined {
			if h.tracker.examined(cell) || time.Now().After(until) {
				delete(examined, cell)
				h.judge(cell)
			}
		}
	}
	return nil
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("before it was told to")
	}
	return err
}

// tell makes the inspector look at a hold that was parked, or more often at one that was released.
func (h *holding) tell(e record.Event) error {
	t := h.tracker.get(e.Hold)
	switch {
	case e.Kind == record.HoldReleased:
		return h.inspector.send(inspect.Command{Fast: &inspect.HoldRef{Hold: e.Hold}})
	case e.Kind == record.HoldProven, e.Kind == record.HoldTrickled && t.idle():
		return h.planAutopsy(&t)
	case e.Kind == record.HoldTrickled:
		return nil // an absolute limit counts from the beginning, as was planned then
	}
	local, err := netip.ParseAddrPort(t.local)
	if err != nil {
		return fmt.Errorf("hold %s: the attacker's end: %w", e.Hold, err)
	}
	peer, err := netip.ParseAddrPort(t.peer)
	if err != nil {
		return fmt.Errorf("hold %s: the server's end: %w", e.Hold, err)
	}
	watch := inspect.Watch{Hold: e.Hold, Cell: e.Cell, Local: local, Peer: peer, Sent: uint64(e.HoldInfo.Sent)}
	return h.inspector.send(inspect.Command{Watch: &watch})
}

// planAutopsy has the serving thread looked at around the hold's deadline, once that is known.
func (h *holding) planAutopsy(t *tracked) error {
	at := deadline(t)
	if at == 0 {
		return nil
	}
	return h.inspector.send(inspect.Command{AutopsyPlan: autopsyPlan(*t, at)})
}

// autopsyPlan has the serving thread looked at around the deadline. Only where the
// hold is expected never to end may a harmless attach come before the deadline;
// elsewhere nothing may touch what is measured.
func autopsyPlan(t tracked, deadline int64) *inspect.AutopsyPlan {
	// Half of the limit before and after it: the looks of a pod's holds come one after the
	// other, and on a loaded machine those of a hundred holds took more than a second.
	limit := t.cell.Plan.Limit.Seconds
	p := &inspect.AutopsyPlan{Hold: t.ID, Deadline: deadline, Earliest: earliest(t), Attach: "never", Margin: limit / 2, Lead: limit / 2}
	if t.cell.Plan.Expect == record.Never {
		p.Attach = "if-harmless"
		if t.cell.Mode == record.Silent {
			p.Lead = limit * 3 / 4 // nothing happens meanwhile that a later look would see
		}
	}
	return p
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
	if cell.Plan.Limit == nil || verdict.Cell(cell.Plan, holds).Verdict != record.Never {
		return false
	}
	for _, one := range holds {
		if h.inspector.send(inspect.Command{Autopsy: &inspect.AutopsyNow{Hold: one.ID}}) != nil {
			return false
		}
	}
	return true
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

// judge gives a cell its verdict.
func (h *holding) judge(cell *plan.Cell) {
	holds, found := h.tracker.of(cell)
	j := verdict.Cell(cell.Plan, holds)
	if j.Verdict == record.Never && cell.Plan.Limit != nil {
		verdict.AddAutopsies(&j, demanded(cell), found)
	}
	j.Took = took(holds)
	again := h.campaign.holdAgain(cell, &j, holds) || j.Verdict == record.Inconclusive && undecided(holds, found) && h.campaign.again(cell)
	if again {
		h.emit(record.Event{Kind: record.Observed, Cell: cell.Address, Note: "held again: " + j.Message})
	}
	switch {
	case cell == h.unit.Inspect:
		h.last, h.lastAgain = &j, again // after the inspection that it is to answer for
	case !again:
		h.campaign.judged(cell, j)
	}
}

// undecided says whether a cell of which nothing could be said was held to the end, and a look came too late
// to tell the cause, or not at all, or the proof came too late to tell the time; or whether some of its holds reached
// the stage and others did not: on a busy machine a server may give a peer up before it has answered it.
func undecided(holds []verdict.Hold, found []*record.Autopsy) bool {
	kept, failed := 0, 0
	for _, h := range holds {
		if h.Failed != "" {
			failed++
		}
		if h.ProvenAfterEnd() {
			return true
		}
		if h.Proven && h.Released == 0 && h.WorkerFreed == 0 {
			kept++
		}
	}
	return failed > 0 && failed < len(holds) || kept == len(holds) && len(found) < kept ||
		slices.ContainsFunc(found, func(a *record.Autopsy) bool { return a.Class == string(autopsy.Unknown) })
}

// took is how long the longest of a cell's holds was parked, in seconds.
func took(holds []verdict.Hold) float64 {
	longest := 0.0
	for _, h := range holds {
		if end := max(h.Released, h.Watched); h.Parked != 0 && end != 0 {
			if h.Released != 0 {
				end = h.Released
			}
			longest = max(longest, time.Duration(end-h.Parked).Seconds())
		}
	}
	return longest
}
