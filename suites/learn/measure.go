package learn

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/timeouts"
)

const (
	// beyondCap is for how long a hold is watched after the cap, so that a limit of exactly the cap is not cut in
	// two, one that bytes put off (Apache's MinRate) is seen to end, and a server that looks for old connections each 5 s
	// (mosquitto, whose limit is 90 s) has looked. check watches a weakness no longer than this, see capFor.
	beyondCap = 7 * time.Second
	// endingTrickle is the part of the watch in which bytes are sent where a message is too short for more: the silence after
	// them has to be longer than the limits of stock servers.
	endingTrickle = 5
	// workerWithin is for how long the server's own socket is watched after a release: Apache keeps it up to 30 s.
	workerWithin = 35 * time.Second
	// repeatEvery lies between the repeats of a cell. A server that looks at its connections now and then ends all repeats at the
	// same moment, if it does so more rarely than that.
	repeatEvery = 1700 * time.Millisecond
	// refusedWithin is how long a server may take to refuse a request for what its head says: it takes milliseconds. One that
	// answers so later may have waited for the body until its limit was over.
	refusedWithin = time.Second
)

// measured is a cell and all its holds.
type measured struct {
	cell  *plan.Cell
	holds []record.HoldState
	// looks are at the processes that still kept the holds at the end, by hold.
	looks map[string]look
	// alone are the holds, of all cells, whose process has no other hold.
	alone map[string]bool
	// loop is the limit that the timer of an event loop shows in a pod without other holds.
	loop wait
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
	t.Repeat, t.RepeatEvery, t.Leftovers, t.Exhaustion = o.Repeats, repeatEvery, nil, nil
	p, err := plan.Make([]*target.Target{t}, plan.Selection{})
	if err != nil {
		return nil, err
	}
	p = p.Narrow(func(address string) bool { return address != plan.AfterAddress(t) })
	for _, c := range p.Cells {
		c.Examine = c.Mode == record.Silent // bytes that come arm timers anew
		if c.Mode == record.Trickle && c.Stage.Name != stages.HTTPResponse && c.Stage.TrickleLasts(c.Interval()) < c.Watch {
			c.Trickle = c.Watch / endingTrickle
		}
	}
	return p, nil
}

// measure holds every cell of the draft. Cells that proved nothing are held again if that ends by until.
func measure(ctx context.Context, s *run.Session, d *draft, o Options, until time.Time) ([]measured, error) {
	p, err := cells(d, o)
	if err != nil {
		return nil, err
	}
	config := s.Execution.Config
	config.Plan, config.RetryUntil = p, until
	c := run.NewExecution(config)
	book := newBook(d.hide)
	s.Log.Subscribe(book.hear)
	c.Start(ctx)
	c.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("measure target %s: %w", d.name, err)
	}
	var all []measured
	for _, cell := range p.Cells {
		m, err := book.measured(cell)
		if err != nil {
			return nil, err
		}
		j, err := c.Result(ctx, cell.Address)
		if err != nil {
			return nil, err
		}
		for _, h := range m.holds {
			// A pod that did not start tells nothing of the server: a file without its cells would look whole.
			if h.Connected == 0 && h.Failed == "" && h.NotApplicable == "" {
				return nil, fmt.Errorf("measure %s: %s", cell.Address, j.Message)
			}
		}
		all = append(all, m)
	}
	return all, seekLoopTimers(ctx, s, d, all, until)
}

// refused decides what a server's refusal of the stage says of a limit.
func refused(h record.HoldState) record.HoldState {
	switch {
	case h.Refused == "":
	case h.RefusedT-h.Parked > int64(refusedWithin): // it waited before
		h.Released, h.By = h.RefusedT, record.ByStatus
	case end(h) != 0:
		h.NotApplicable = h.Refused
	}
	return h
}

// book keeps what the log tells of the latest attempt at each hold.
type book struct {
	hide  mask // as the log does, which hides a secret in a name too
	mu    sync.Mutex
	holds map[string]*record.HoldState
	looks map[string]look
	err   error // the first event that could not be taken in
}

func newBook(hide mask) *book {
	return &book{holds: map[string]*record.HoldState{}, looks: map[string]look{}, hide: hide}
}

// measured are the holds of a cell, and the looks at the processes that kept them.
func (b *book) measured(cell *plan.Cell) (measured, error) {
	m := measured{cell: cell, looks: map[string]look{}}
	for i := range cell.Plan.Holds {
		h, err := b.get(timeouts.HoldID(cell, i))
		if err != nil {
			return m, fmt.Errorf("measure %s: %w", cell.Address, err)
		}
		m.holds = append(m.holds, refused(h))
		if seen, is := b.look(h.ID); is {
			m.looks[h.ID] = seen
		}
	}
	return m, nil
}

func (b *book) get(id string) (record.HoldState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h := b.holds[b.hide(id)]; h != nil {
		return *h, b.err
	}
	return record.HoldState{ID: id}, b.err
}

// look is the look at the process that kept the hold.
func (b *book) look(id string) (look, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen, is := b.looks[b.hide(id)]
	return seen, is
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
		h = &record.HoldState{ID: e.Hold}
		b.holds[e.Hold] = h
	}
	if e.Kind == record.AutopsyDone && e.Autopsy != nil {
		b.looks[e.Hold] = look{at: e.T, Autopsy: *e.Autopsy}
	}
	if err := h.Hear(e); err != nil && b.err == nil {
		b.err = err
	}
}

// end is when the server let go of a hold, 0 if it did not.
func end(h record.HoldState) int64 {
	at, _ := h.Ended()
	return at
}

// secondsBetween two moments of CLOCK_MONOTONIC.
func secondsBetween(from, to int64) float64 { return time.Duration(to - from).Seconds() }

// reasons are the different texts among the holds.
func reasons(holds []record.HoldState, text func(record.HoldState) string) []string {
	var all []string
	for _, h := range holds {
		if why := text(h); why != "" && !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	return all
}
