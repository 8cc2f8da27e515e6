package campaign

import (
	"context"
	"fmt"
	"sync"
	"time"

	"stalemate/containers/inspect"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// inspection is a look into a live worker of a healthy target, that somebody may wait for.
type inspection struct {
	once  sync.Once
	ready chan struct{}
	found *record.Autopsy
	why   string // why nothing was found
}

// end publishes what was found, once.
func (i *inspection) end(found *record.Autopsy, why string) {
	i.once.Do(func() {
		i.found, i.why = found, why
		close(i.ready)
	})
}

// inspectionsOf makes one for each unit that is inspected, found by each of its cells.
func inspectionsOf(p *plan.Plan) map[string]*inspection {
	all := map[string]*inspection{}
	for _, w := range p.Waves {
		for _, u := range w.Units {
			if u.Inspect == nil {
				continue
			}
			one := &inspection{ready: make(chan struct{})}
			for _, cell := range u.Cells {
				all[cell.Address] = one
			}
		}
	}
	// A pod without a cell that can be inspected has the same server in it as its target's others.
	first := map[*fixtures.Target]*inspection{}
	for _, cell := range p.Cells {
		if one := all[cell.Address]; one != nil && first[cell.Target] == nil {
			first[cell.Target] = one
		}
	}
	for _, cell := range p.Cells {
		if one := first[cell.Target]; one != nil && all[cell.Address] == nil {
			all[cell.Address] = one
		}
	}
	return all
}

// controls waits for the controls of a cell.
func (c *Campaign) controls(cell *plan.Cell) []verdict.Control {
	var all []verdict.Control
	for _, address := range cell.Plan.Controls {
		r := c.results[address]
		if r == nil {
			all = append(all, verdict.Control{Address: address})
			continue
		}
		<-r.ready // each cell is judged, at the latest when the run ends
		one := verdict.Control{Address: address, Judgement: r.value, Why: "no inspection was planned"}
		if i := c.inspections[address]; i != nil {
			<-i.ready
			one.Inspected, one.Why = i.found, i.why
		}
		all = append(all, one)
	}
	return all
}

// inspectWithin bounds the inspection of a healthy worker: parking a hold, its proof and a look of milliseconds.
const inspectWithin = 10 * time.Second

// inspect parks one more hold when all cells are judged, and looks into the worker that serves
// it: nothing is measured by that hold, so it may be attached to. It gives the
// number of connections that it planned.
func (h *holding) inspect(ctx context.Context) int {
	cell := h.unit.Inspect
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
	if i := h.campaign.inspections[cell.Address]; i != nil { // cells that are held again are inspected once
		i.end(found, why)
	}
	if !h.lastAgain {
		h.campaign.judged(cell, *h.last)
	}
	return 1
}

func (h *holding) lookInto(ctx context.Context, cell *plan.Cell) (*record.Autopsy, error) {
	extra := hold(cell, 0, h.pod.Address(), 0)
	extra.ID = cell.Address + "#inspected"
	apart := *cell // so that no repeat of the cell is mistaken for it
	h.tracker.add(extra.ID, &apart)
	if err := h.attacker.send(map[string]any{"holds": []any{extra}}); err != nil {
		return nil, fmt.Errorf("park a hold for the inspection: %w", err)
	}
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	asked := false
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("inspect the worker behind a hold at %s: %w", cell.Stage.Name, ctx.Err())
		case err := <-h.inspector.over:
			return nil, ended(err)
		case e := <-h.told:
			if e.Kind == record.HoldParked && e.Hold == extra.ID {
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
		case t.Proven && !asked:
			asked = true
			if err := h.inspector.send(inspect.Command{Autopsy: &inspect.AutopsyNow{Hold: extra.ID}}); err != nil {
				return nil, err
			}
		}
	}
}
