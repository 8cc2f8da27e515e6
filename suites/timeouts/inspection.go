package timeouts

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// inspectWithin bounds the inspection of a healthy worker: parking a hold, its proof and a look of milliseconds.
const inspectWithin = 10 * time.Second

// inspect parks one more hold when all cells are judged, and looks into the worker that serves
// it: nothing is measured by that hold, so it may be attached to. It gives the
// number of connections that it planned.
func (h *holding) inspect(ctx context.Context) int {
	cell := h.Unit.Inspect
	if cell == nil || h.last == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, inspectWithin)
	defer cancel()
	found, err := h.lookInto(ctx, cell)
	why := ""
	if err != nil {
		why = err.Error()
	}
	verdict.AddInspection(h.last, found, why)
	h.EndInspection(cell, found, why)
	if !h.lastAgain {
		h.decide(cell, *h.last)
	}
	return 1
}

// inspectedID is the hold that is parked for the inspection.
func inspectedID(cell *plan.Cell) string { return cell.Address + "#inspected" }

func (h *holding) lookInto(ctx context.Context, cell *plan.Cell) (*record.Autopsy, error) {
	extra := holdOf(cell, 0, h.Address(), 0)
	extra.ID = inspectedID(cell)
	apart := *cell // so that no repeat of the cell is mistaken for it
	h.tracker.add(extra.ID, &apart)
	if err := h.attacker.Send(map[string]any{"holds": []any{extra}}); err != nil {
		return nil, fmt.Errorf("park a hold for the inspection: %w", err)
	}
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("inspect the worker behind a hold at %s: %w", cell.Stage.Name, ctx.Err())
		case <-h.inspector.Done():
			return nil, h.inspector.Err()
		case e := <-h.told:
			if (e.Kind == record.HoldConnected || e.Kind == record.HoldParked) && e.Hold == extra.ID {
				if err := h.tell(e); err != nil {
					return nil, err
				}
			}
		case <-tick.C:
		}
		t := h.tracker.get(extra.ID)
		switch {
		case t.autopsy != nil:
			return t.autopsy, nil
		case t.Failed != "":
			return nil, fmt.Errorf("the hold for the inspection: %s", t.Failed)
		case t.Stranger != "":
			return nil, fmt.Errorf("the hold for the inspection: %s", t.Stranger)
		case t.Proven != 0 && !asked:
			asked = true
			if err := h.inspector.Send(inspect.Command{Autopsy: &inspect.AutopsyNow{Hold: extra.ID}}); err != nil {
				return nil, err
			}
		}
	}
}
