package timeouts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// Bounds on what is not waiting.
const (
	judgeEvery = 50 * time.Millisecond // between two looks for cells whose holds are over
	endWithin  = 20 * time.Second      // ending the conversations with the pod's containers
)

// holding is the part of a unit's run in which connections are parked.
type holding struct {
	*run.Pod
	cells     []*plan.Cell
	again     []*plan.Cell // cells that are held once more in this pod
	tracker   *tracker
	attacker  *pod.Conversation
	inspector *pod.Conversation
	told      chan record.Event // events that need an answer to the inspector
	counts    chan record.Event
	lists     chan *record.Outgoing // of connections to other servers
	upstream  upstream
	ports     *ports
	passers   passersBy
	last      *record.Judgement // of the cell that is judged after the inspection
	lastAgain bool              // that cell is held again and not judged yet
}

// hold parks the holds of the pod, first those of all cells but the ones in mode later, and then those. In the end it asks the
// server whether it serves as before.
func hold(ctx context.Context, r *run.Pod) error {
	server := &heldServer{Pod: r, kept: map[int]int{}}
	var silent error
	for generation := range r.Unit.Generations() {
		neighbours := r.Unit.Neighbours
		for cells := generation; len(cells) > 0 && silent == nil; {
			if silent = server.servesOn(ctx); silent != nil {
				break
			}
			again, err := holdCells(ctx, server, cells, neighbours)
			if err != nil {
				return err
			}
			neighbours = plan.Neighbours(slices.DeleteFunc(slices.Clone(generation), func(c *plan.Cell) bool { return slices.Contains(again, c) }))
			cells = again
		}
	}
	return cmp.Or(silent, server.serves(ctx))
}

// holdCells parks the holds of some cells of the pod at the same time, and judges each cell when nothing more can change it. The
// neighbours are held too. It returns the cells that have to be held once more in this pod.
func holdCells(ctx context.Context, server *heldServer, held, neighbours []*plan.Cell) ([]*plan.Cell, error) {
	r := server.Pod
	attackPlan := attack(r.RunID(), r.Unit, slices.Concat(neighbours, held), r.Address())
	if r.Unit.Warm {
		if err := warmUp(ctx, r, attackPlan); err != nil {
			return nil, err
		}
	}
	h := &holding{Pod: r, cells: held, tracker: newTracker(attackPlan.Holds, held, neighbours),
		told:   make(chan record.Event, 10*len(attackPlan.Holds)+16), // more than are ever told, so that hearing never waits
		counts: make(chan record.Event, 4), lists: make(chan *record.Outgoing, 4), ports: newPorts(r.Unit.Target),
		passers: newPassersBy(r.Unit.Target, held)}
	h.tracker.among = r.Prepared
	h.inspector = pod.Talk(ctx, r.Server, pod.Inspector, wire.CommandInspect, h.hear)
	defer h.inspector.End()
	if err := h.followMain(); err != nil {
		return nil, err
	}
	h.ports.inspector = h.inspector
	if err := server.lookBefore(ctx, h.ports); err != nil {
		return nil, err
	}
	before, err := h.passiveOpens(ctx)
	if err != nil {
		return nil, fmt.Errorf("count the connections of target %s: %w", r.Unit.Target.Name, err)
	}
	list, err := h.outgoing(ctx)
	if err != nil {
		return nil, err
	}
	h.upstream.before = inodes(list)
	h.attacker = pod.Talk(ctx, r.Server, pod.Attacker, wire.CommandAttack, h.hear)
	defer h.attacker.End()
	if err := h.attacker.Send(attackPlan); err != nil {
		return nil, fmt.Errorf("give the attacker of target %s its plan: %w", r.Unit.Target.Name, err)
	}
	if err := h.watch(ctx); err != nil {
		return nil, err
	}
	if err := h.mainEnded(); err != nil {
		r.TellAfter(verdict.After{Main: h.tracker.mainEnd()})
		return nil, err
	}
	planned := len(attackPlan.Holds) + h.inspect(ctx)
	more, err := h.holdBeyond(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the connections of target %s to other servers: %w", r.Unit.Target.Name, err)
	}
	planned += more
	if err := h.checkCounts(ctx, before, planned-h.tracker.notConnected()); err != nil {
		return nil, err
	}
	h.closeHolds()
	kept := h.tracker.kept()
	h.passers.keptToo(kept)
	server.add(kept)
	return h.again, nil
}

// closeHolds closes what is still held, so that somebody is there to answer. Nobody may take that for a release: the inspector
// has gone by then.
func (h *holding) closeHolds() {
	h.inspector.End()
	gone := time.NewTimer(endWithin)
	defer gone.Stop()
	select {
	case <-h.inspector.Done():
	case <-gone.C:
	}
	h.attacker.End()
	select {
	case <-h.attacker.Done():
	case <-gone.C:
	}
}

// hear takes in an event from either end.
func (h *holding) hear(e record.Event) {
	if passes(e) {
		return
	}
	if !h.tracker.neighbour(e.Hold) {
		h.Emit(e)
	}
	h.tracker.hear(e)
	switch {
	case e.Kind == record.HoldConnected, e.Kind == record.HoldParked, e.Kind == record.HoldProven, e.Kind == record.HoldTrickled, e.Kind == record.HoldReleased && e.Release != nil && e.Release.By != record.ByNothing:
		h.told <- e
	case e.Outgoing != nil:
		select {
		case h.lists <- e.Outgoing:
		default:
		}
	case e.Ports != nil:
		h.ports.hear(e)
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
	for _, c := range h.cells {
		open[c] = true
	}
	attacker, inspector := h.attacker.Done(), h.inspector.Done()
	examined := map[*plan.Cell]time.Time{} // cells whose autopsies are awaited, and until when
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for len(open)+len(examined) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("hold connections to target %s: %w", h.Unit.Target.Name, ctx.Err())
		case <-attacker:
			h.tracker.abandon(h.attacker.Err().Error())
			attacker = nil
		case <-inspector:
			h.inspectorEnded(ctx)
			inspector = nil
		case e := <-h.told:
			if err := h.tell(e); err != nil {
				return fmt.Errorf("tell the inspector of target %s: %w", h.Unit.Target.Name, err)
			}
			continue
		case <-tick.C:
		}
		h.passBy()
		if inspector != nil {
			if err := errors.Join(h.askKeepers(), h.lookOut()); err != nil {
				return err
			}
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

// tell has the inspector look at a hold from the moment of connecting, and more often at one that was released.
func (h *holding) tell(e record.Event) error {
	t := h.tracker.get(e.Hold)
	switch {
	case e.Kind == record.HoldReleased:
		return h.inspector.Send(inspect.Command{Fast: &inspect.HoldRef{Hold: e.Hold}})
	case e.Kind == record.HoldProven, e.Kind == record.HoldTrickled && t.idle():
		return h.planAutopsy(&t)
	case e.Kind == record.HoldParked:
		return h.inspector.Send(inspect.Arrival(e))
	case e.Kind == record.HoldConnected:
		c, err := inspect.Approach(e)
		if err != nil {
			return err
		}
		return h.inspector.Send(c)
	}
	return nil // the end of a trickle: an absolute limit counts from the beginning, as was planned then
}
