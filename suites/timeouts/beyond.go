package timeouts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

const (
	openedWithin  = 500 * time.Millisecond // from the stage to the connection to the other server
	reachedWithin = 20 * time.Second       // to the stage, and to the proof
	beyondHolds   = 3                      // at each stage: two processes cannot take turns
)

// beyondHold is one more hold, and the fired cells of its stage.
type beyondHold struct {
	verdict.Beyond
	id   string
	cell *plan.Cell
}

// holdBeyond holds the stages of the pending cells again, and judges these cells. It gives the number of connections that it planned.
func (h *holding) holdBeyond(ctx context.Context) (int, error) {
	stages := map[string][]firedCell{} // by listener and stage
	var order []string
	for _, f := range h.upstream.pending {
		key := f.cell.Listener.Name + "/" + f.cell.Stage.Name
		if stages[key] == nil {
			order = append(order, key)
		}
		stages[key] = append(stages[key], f)
	}
	planned := 0
	held := map[string][]*beyondHold{}
	for _, key := range order {
		cell := stages[key][0].cell
		for _, f := range stages[key] {
			if f.cell.Mode == record.Silent {
				cell = f.cell
			}
		}
		for i := range beyondHolds {
			planned++
			one, err := h.begin(ctx, cell, i)
			if err != nil {
				return planned, err
			}
			held[key] = append(held[key], one)
			if len(one.Opened) == 0 {
				break // nothing is opened for this stage
			}
		}
	}
	if err := h.awaitBeyond(ctx, held); err != nil {
		return planned, err
	}
	for _, key := range order {
		for _, f := range stages[key] {
			h.judgeBeyond(f, held[key])
		}
	}
	return planned, nil
}

// begin parks one hold while no other begins, and notes what the target opens for it.
func (h *holding) begin(ctx context.Context, cell *plan.Cell, i int) (*beyondHold, error) {
	before, err := h.outgoing(ctx)
	if err != nil {
		return nil, err
	}
	one := &beyondHold{id: fmt.Sprintf("%s#beyond-%d", cell.Address, i+1), cell: cell}
	one.PIDs = before.PIDs
	extra := holdOf(cell, 0, h.Address(), 0)
	extra.ID = one.id
	apart := *cell // so that no repeat of the cell is mistaken for it
	h.tracker.add(one.id, &apart)
	if err := h.attacker.Send(map[string]any{"holds": []any{extra}}); err != nil {
		return nil, fmt.Errorf("park a hold at %s: %w", cell.Stage.Name, err)
	}
	reaching, cancel := context.WithTimeout(ctx, reachedWithin)
	defer cancel()
	err = h.await(reaching, func() bool {
		t := h.tracker.get(one.id)
		return t.Proven != 0 && t.Parked != 0 || t.Over()
	})
	if err != nil && reaching.Err() == nil || ctx.Err() != nil {
		return nil, err
	}
	for until := time.Now().Add(openedWithin); len(one.Opened) == 0 && !time.Now().After(until); {
		now, err := h.outgoing(ctx)
		if err != nil {
			return nil, err
		}
		one.Opened = opened(inodes(before), now)
	}
	if len(one.Opened) == 0 { // it would only take time
		err = h.attacker.Send(map[string]any{"release": one.id})
	}
	return one, err
}

// awaitBeyond waits until all holds for which something was opened are over, and their workers' time is. Then it lists what is kept.
func (h *holding) awaitBeyond(ctx context.Context, held map[string][]*beyondHold) error {
	var last int64
	err := h.await(ctx, func() bool {
		h.tracker.close(nil)
		last = 0
		for _, all := range held {
			for _, one := range all {
				t := h.tracker.get(one.id)
				if len(one.Opened) > 0 && !t.closed {
					return false
				}
				if end, _ := t.Ended(); len(one.Opened) > 0 && end != 0 {
					last = max(last, end+int64(t.workerWithin()*1e9))
				}
			}
		}
		return h.tracker.now() > last
	})
	if err != nil || last == 0 {
		return err
	}
	now, err := h.outgoing(ctx)
	if err != nil {
		return err
	}
	seen := h.tracker.now()
	for _, all := range held {
		for _, one := range all {
			for _, c := range now.Connections {
				if verdict.Halfway(c) && slices.ContainsFunc(one.Opened, func(o record.Connection) bool { return o.Inode == c.Inode }) {
					one.Kept = append(one.Kept, c)
				}
			}
			t := h.tracker.get(one.id)
			one.Hold = t.Hold
			one.Hold.Stalls = h.Stalls(t.Connected, max(t.Released, t.WorkerFreed, t.Watched))
			one.Watched = max(one.Watched, seen)
		}
	}
	return nil
}

// judgeBeyond judges a cell by the holds at its stage.
func (h *holding) judgeBeyond(f firedCell, held []*beyondHold) {
	var all []verdict.Beyond
	for _, one := range held {
		all = append(all, one.Beyond)
	}
	verdict.AddBeyond(f.cell.Plan, &f.judgement, all)
	if f.judgement.Verdict == record.Inconclusive && h.retry(f.cell, nil) {
		h.Emit(record.Event{Kind: record.Observed, Cell: f.cell.Address, Note: "held again: " + f.judgement.Message})
		return
	}
	h.Judge(f.cell, f.judgement)
}

// await tells the inspector what it has to know until the condition is true.
func (h *holding) await(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.attacker.Done():
			return h.attacker.Err()
		case <-h.inspector.Done():
			return h.inspector.Err()
		case e := <-h.told:
			if err := h.tell(e); err != nil {
				return err
			}
		case <-tick.C:
		}
	}
	return nil
}
