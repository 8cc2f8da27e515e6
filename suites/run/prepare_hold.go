package run

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// holdEveryWorker holds a connection at every worker until the server closes it. On a slow machine a freed worker may take a
// second connection before another worker had its first. Then there is another round.
func (p *Pod) holdEveryWorker(ctx context.Context, step *target.PrepareHold) error {
	held := map[int]bool{}
	for round := 1; ; round++ {
		took, err := p.holdRound(ctx, step, held)
		if err != nil {
			return err
		}
		missed := map[int]bool{}
		for pid := range p.Prepared {
			missed[pid] = !held[pid]
		}
		maps.DeleteFunc(missed, func(_ int, is bool) bool { return !is })
		if len(missed) == 0 && len(held) >= step.Workers {
			p.Emit(record.Event{Kind: record.Observed, Workers: workersOf(held), Note: fmt.Sprintf(
				"prepared: each of %d workers held a connection at %s until the server closed it, in %d rounds, the last within %s: PID %s",
				len(held), step.Stage, round, took.Round(10*time.Millisecond), formatRanges(held))})
			break
		}
		if round == maxHoldRounds {
			return fmt.Errorf("%d of %d workers held a connection at %s in %d rounds; prepared by a request and not among them: PID %s",
				len(held), step.Workers, step.Stage, round, formatRanges(missed))
		}
	}
	if p.Prepared == nil {
		p.Prepared = held
	}
	return nil
}

// holdRound holds as many connections as there are workers, and adds the PIDs that held one to held. It returns when the server
// has closed all of them, with the time from the first hold to the last close.
func (p *Pod) holdRound(ctx context.Context, step *target.PrepareHold, held map[int]bool) (time.Duration, error) {
	l, err := p.Listener(step.Listener)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, prepareHoldTimeout)
	defer cancel()
	plan := wire.Plan{Run: p.execution.RunID, Target: p.Unit.Target.Name, Pod: p.Unit.Name}
	for i := range step.Workers {
		hold := NewHold(p.Address(), p.Unit.Target, *l, step.Stage)
		hold.ID, hold.Mode = fmt.Sprintf("prepare/%s#%d", step.Stage, i+1), record.Silent
		hold.StartAfter, hold.Watch = time.Duration(i)*prepareInterval, prepareHoldTimeout
		plan.Holds = append(plan.Holds, hold)
	}
	events := make(chan record.Event, 16*len(plan.Holds))
	hear := func(e record.Event) {
		select {
		case events <- e:
		case <-ctx.Done():
		}
	}
	inspector := pod.Talk(ctx, p.Server, pod.Inspector, wire.CommandInspect, hear)
	defer inspector.End()
	attacker := pod.Talk(ctx, p.Server, pod.Attacker, wire.CommandAttack, hear)
	defer attacker.End()
	if err := attacker.Send(plan); err != nil {
		return 0, err
	}
	holds := map[string]*record.HoldState{}
	for _, hold := range plan.Holds {
		holds[hold.ID] = &record.HoldState{ID: hold.ID}
	}
	first, latest, released := int64(0), int64(0), 0
	for released < step.Workers {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%d of %d connections at %s were closed by the server: %w", released, step.Workers, step.Stage, ctx.Err())
		case <-inspector.Done():
			return 0, inspector.Err()
		case <-attacker.Done():
			return 0, attacker.Err()
		case e := <-events:
			h := holds[e.Hold]
			if h == nil {
				continue
			}
			if err := h.Hear(e); err != nil {
				return 0, err
			}
			switch why := cmp.Or(h.Failed, h.NotApplicable, h.Refused); {
			case why != "":
				return 0, fmt.Errorf("hold %s: %s", e.Hold, why)
			case h.Kept():
				return 0, fmt.Errorf("hold %s was not closed by the server", e.Hold)
			case e.Kind == record.HoldParked:
				if first == 0 {
					first = e.T
				}
				if err := WatchConnection(inspector, e); err != nil {
					return 0, err
				}
			case e.Kind == record.HoldProven && h.PID != 0:
				held[h.PID] = true
			case e.Kind == record.HoldReleased:
				released, latest = released+1, max(latest, e.T)
			}
		}
	}
	return time.Duration(latest - first), nil
}
