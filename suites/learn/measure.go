package learn

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/verdict"
)

const (
	// beyondCap is for how long a hold is watched after the cap, so that a limit of exactly the cap is not cut in
	// two, and one that bytes put off (Apache's MinRate) is seen to end.
	beyondCap = 4 * time.Second
	// workerWithin is for how long the server's own socket is watched after a release: Apache keeps it up to 30 s.
	workerWithin = 35 * time.Second
	// refusedWithin is how long a server may take to refuse a request for what its head says. One that
	// answers so later may have waited for the body until its limit was over.
	refusedWithin = 2 * time.Second
)

// measured is a cell and all its holds.
type measured struct {
	cell  *plan.Cell
	holds []verdict.Hold
}

// cells plans the holds of every cell of the draft, as often as asked: they are only watched.
func cells(d *draft, o Options) (*plan.Plan, error) {
	watched := o.Cap + beyondCap
	t, err := d.with(
		section{"limits", fmt.Sprintf("limits: {\"*\": {at_least: %s, worker: %s}}\n", watched, workerWithin)},
		section{"cap", fmt.Sprintf("cap: %s\n", watched+time.Second)},
	)
	if err != nil {
		return nil, err
	}
	// What the file asks of check is not what learn does: the start suite was done by hand, and nothing is exhausted.
	t.Repeat, t.Leftovers, t.Exhaustion = o.Repeats, nil, nil
	return plan.Make([]*fixtures.Target{t}, plan.Selection{})
}

// measure holds every cell of the draft.
func measure(ctx context.Context, s *session.Session, d *draft, o Options) ([]measured, error) {
	p, err := cells(d, o)
	if err != nil {
		return nil, err
	}
	config := s.Campaign.Config
	config.Plan = p
	c := campaign.New(config)
	book := &book{holds: map[string]*verdict.Hold{}, hide: d.hide}
	s.Log.Subscribe(book.hear)
	c.Start(ctx)
	c.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("measure target %s: %w", d.name, err)
	}
	var all []measured
	for _, cell := range p.Cells {
		m := measured{cell: cell}
		for i := range cell.Target.Repeat {
			h := book.get(campaign.HoldID(cell, i))
			if verdict.RefusesBody(cell.Stage.Name, h.By, h.Detail) && h.Released-h.Parked < int64(refusedWithin) {
				h.NotHere = fmt.Sprintf("the server answered %s before the request was complete", h.Detail)
			}
			m.holds = append(m.holds, h)
		}
		j, err := c.Result(ctx, cell.Address)
		if err != nil {
			return nil, err
		}
		for _, h := range m.holds {
			// A pod that did not start tells nothing of the server: a file without its cells would look whole.
			if h.Connected == 0 && h.Failed == "" && h.NotHere == "" {
				return nil, fmt.Errorf("measure %s: %s", cell.Address, j.Message)
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// book keeps what the log tells of each hold.
type book struct {
	hide  mask // as the log does, which hides a secret in a name too
	mu    sync.Mutex
	holds map[string]*verdict.Hold
}

func (b *book) get(id string) verdict.Hold {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.holds[b.hide(id)]; h != nil {
		return *h
	}
	return verdict.Hold{ID: id}
}

// hear takes in one event of the log.
func (b *book) hear(e record.Event) {
	if e.Hold == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.holds[e.Hold]
	if h == nil {
		h = &verdict.Hold{ID: e.Hold}
		b.holds[e.Hold] = h
	}
	switch e.Kind {
	case record.HoldConnected:
		h.Connected = e.T
	case record.HoldParked:
		h.Parked, h.LastByte = e.T, e.HoldInfo.LastT
	case record.HoldTrickled:
		h.TrickleEnd, h.LastByte = e.T, max(h.LastByte, e.HoldInfo.LastT)
	case record.HoldProven:
		h.Proven, h.PID = true, e.HoldInfo.PID
	case record.HoldReleased:
		h.By, h.Detail = e.Release.By, e.Release.Detail
		h.LastByte = max(h.LastByte, e.Release.LastT)
		if e.Release.By == record.ByNothing {
			h.Watched = e.T
		} else {
			h.Released = e.T
		}
	case record.WorkerFreed:
		h.WorkerFreed = e.T
	case record.HoldFailed:
		h.Failed = e.Note
	case record.HoldNotApplicable:
		h.NotHere = e.Note
	}
}

// end is when the server let go of a hold, 0 if it did not.
func end(h verdict.Hold) int64 {
	if h.Released != 0 || h.WorkerFreed == 0 {
		return h.Released
	}
	return h.WorkerFreed
}

// secondsBetween two moments of CLOCK_MONOTONIC.
func secondsBetween(from, to int64) float64 { return time.Duration(to - from).Seconds() }

// reasons are the different texts among the holds.
func reasons(holds []verdict.Hold, text func(verdict.Hold) string) []string {
	var all []string
	for _, h := range holds {
		if why := text(h); why != "" && !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	return all
}
