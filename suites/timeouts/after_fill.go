package timeouts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/attackers/stages"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

const (
	// fillMost is the largest capacity that is filled. Apache's prefork doubles the processes that it starts in each second, and
	// fills a pool of 256 only after 12 s. That is too long for each pod, and a part of a large pool is no great loss.
	fillMost = 128
	// fillEvery lies between two connections.
	fillEvery = time.Millisecond
	// fillLook lies between two looks at how many are served.
	fillLook = 50 * time.Millisecond
	// fillLate is how late a look may come, or for how long the server may get no processor: else this machine may be the reason.
	fillLate = 200 * time.Millisecond
	// fillSettles is how long nothing must change: a forking server starts more children each second.
	fillSettles = 1500 * time.Millisecond
	// fillWaits is how long a connection must wait for the server, or the client may be the reason.
	fillWaits = 500 * time.Millisecond
	// fillWithin bounds one try. A server that still serves more and more then is not said to serve fewer than before.
	fillWithin = 10 * time.Second
	// fillTries is how often fewer than all are opened again: a busy machine may be the reason, too.
	fillTries = 2
	// fillDoubtful is the same while a try proves nothing: a server with a limit of a second closes connections before a busy machine
	// has opened all of them.
	fillDoubtful = 5
)

// settles is how long nothing must change: longer, if the server answers slowly.
func settles(answers []verdict.Answer) time.Duration {
	longest := fillSettles
	for _, one := range answers {
		longest = max(longest, time.Duration(3*one.Took*float64(time.Second)))
	}
	return min(longest, fillWithin/2)
}

// fill opens n connections to a port at the same time, and counts how many the server serves. It is the best of several tries. One
// connection is none: the server has just answered. A file cannot state less than 2, even for a server of one process.
// What one hold in mode alone costs the server, the other pods show.
func (a *asked) fill(ctx context.Context, port, n int, settles time.Duration) (verdict.Fill, error) {
	best := verdict.Fill{Port: port}
	if n < 2 || a.Unit.Alone() || a.Unit.Target.Capacity == 2 || a.Unit.Target.Capacity > fillMost {
		return best, nil
	}
	plan, talks := a.fillPlan(port, n)
	var full time.Duration // how long the best number was all that the server could serve
	for try := 1; try <= fillTries || try <= fillDoubtful && best.Doubtful(); try++ {
		f, err := a.fillOnce(ctx, plan, talks, settles)
		if err != nil {
			return best, fmt.Errorf("open %d connections to port %d at the same time: %w", n, port, err)
		}
		switch {
		case f.Served > best.Served:
			best, full = f.Fill, f.full
		case f.Served == best.Served:
			best, full = f.Fill, full+f.full
		}
		if full >= settles { // the server could not serve more: neither what it closed nor an earlier stall is the reason
			best.Recycled, best.Busy = false, false
		}
		best.Port = port
		if !best.Short() {
			break
		}
	}
	return best, nil
}

// fillOnce is one try. talks are the connections at whose stage the server has answered.
func (a *asked) fillOnce(ctx context.Context, plan wire.Plan, talks map[string]bool, settles time.Duration) (*filling, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*fillWithin)
	defer cancel()
	f := newFilling(len(plan.Holds), talks)
	attacker := pod.Talk(ctx, a.Server, pod.Attacker, wire.CommandAttack, f.hear)
	defer func() {
		attacker.End()
		<-attacker.Done()
	}()
	if err := attacker.Send(plan); err != nil {
		return f, err
	}
	over := time.Now().Add(fillWithin)
	tick := time.NewTicker(fillLook)
	defer tick.Stop()
	for {
		known := f.known() // before the look: the client has sent its bytes
		now, err := a.look(ctx)
		if err != nil {
			return f, err
		}
		f.count(known, now)
		switch {
		case f.Served+f.Refused >= f.Opened, f.settled(settles):
			return f, nil
		case time.Now().After(over):
			f.Growing = true
			return f, nil
		}
		select {
		case <-tick.C:
		case <-attacker.Done():
			return f, fmt.Errorf("the attacker ended: %w", attacker.Err())
		case <-ctx.Done():
			return f, ctx.Err()
		}
	}
}

// fillPlan are the connections, and those at whose stage the server has answered.
func (a *asked) fillPlan(port, n int) (plan wire.Plan, talks map[string]bool) {
	t := a.Unit.Target
	plan, talks = wire.Plan{Run: a.RunID(), Target: t.Name, Pod: a.Unit.Name}, map[string]bool{}
	l := t.Listeners[slices.IndexFunc(t.Listeners, func(l target.Listener) bool { return l.Port == port })]
	stage, answered := fillStage(l)
	for i := range n {
		h := run.NewHold(a.Address(), t, l, stage)
		h.ID, h.Mode, h.StartAfter = fmt.Sprintf("fill#%d", i+1), record.Silent, time.Duration(i)*fillEvery
		h.Watch, h.ReachWithin = fillWithin, fillWithin
		talks[h.ID] = answered
		plan.Holds = append(plan.Holds, h)
	}
	return plan, talks
}

// fillStage is a stage at which the server has something to read, and no more, as a silent client has sent it; and whether the
// server has answered there.
func fillStage(l target.Listener) (stage string, talks bool) {
	switch {
	case len(l.Conversations) > 0:
		return l.Conversations[0].Name, true
	case l.Proto == "http":
		return stages.HTTPHeaders, false
	case l.Proto == "https", l.Proto == "tls":
		return stages.TLSRecordHeader, false
	}
	return stages.TCPConnected, false
}
