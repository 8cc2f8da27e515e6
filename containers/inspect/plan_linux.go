package inspect

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/autopsy"
	"stalemate/containers/autopsy/proc"
	"stalemate/reports/record"
)

const (
	defaultMargin = time.Second
	caseWithin    = 5 * time.Second // for one step of an autopsy
)

// planned is an autopsy in preparation. Its case is used by one job at a time.
type planned struct {
	AutopsyPlan
	c        *autopsy.Case
	received uint64 // bytes on the connection at the look before the deadline
	failed   error  // why there is no case
}

// plan prepares the looks before and after a hold's deadline.
func (s *server) plan(p AutopsyPlan) {
	if s.holds[p.Hold] == nil {
		s.fail(record.Event{Hold: p.Hold}, fmt.Errorf("plan the autopsy of %q: %w", p.Hold, errNoHold))
		return
	}
	margin := time.Duration(p.Margin * float64(time.Second))
	if margin == 0 {
		margin = defaultMargin
	}
	lead := time.Duration(p.Lead * float64(time.Second))
	if lead == 0 {
		lead = margin
	}
	if p.Earliest == 0 {
		p.Earliest = p.Deadline
	}
	this := &planned{AutopsyPlan: p}
	s.plans[p.Hold] = this
	s.after(p.Earliest-int64(lead), func() { s.beforeDeadline(this) })
	s.after(p.Deadline+int64(margin), func() { s.afterDeadline(this) })
}

// beforeDeadline opens the case on the thread that serves the hold now.
func (s *server) beforeDeadline(p *planned) {
	w := s.holds[p.Hold]
	if s.plans[p.Hold] != p || w == nil {
		return // released, or planned anew
	}
	if p.Attach != attachNever {
		s.forgetIdleOwner(w)
	}
	c, err := s.open(w)
	if err != nil {
		p.failed = err
		s.fail(w.event(0, record.Observed), fmt.Errorf("look at %q before its deadline: %w", p.Hold, err))
		return
	}
	c.Deadline, c.Earliest = p.Deadline, p.Earliest
	attach := autopsy.IfHarmless
	if p.Attach == attachNever {
		attach = autopsy.Later
	}
	s.job(func(ctx context.Context) func() {
		err := c.Before(ctx, attach)
		return func() {
			p.c = c
			if err != nil {
				s.fail(w.event(0, record.Observed), fmt.Errorf("look at %q before its deadline: %w", p.Hold, err))
			}
			if sock, found, err := s.diag.LookupReceived(w.Peer, w.Local); err == nil && found {
				p.received = sock.Received
			}
			s.sampleNow(SampleAt{PID: c.PID, TID: c.TID, Hold: p.Hold}, 0)
		}
	})
}

// afterDeadline looks again. A hold that was released by its limit is not looked at.
func (s *server) afterDeadline(p *planned) {
	w := s.holds[p.Hold]
	if s.plans[p.Hold] != p || w == nil || p.c == nil {
		return
	}
	if sock, found, err := s.diag.LookupReceived(w.Peer, w.Local); err == nil && found && sock.Received >= p.received {
		p.c.Bytes = int64(sock.Received - p.received)
	}
	if err := p.c.After(); err != nil {
		s.fail(w.event(0, record.Observed), fmt.Errorf("look at %q after its deadline: %w", p.Hold, err))
		return
	}
	s.sampleNow(SampleAt{PID: p.c.PID, TID: p.c.TID, Hold: p.Hold}, 0)
}

// autopsy attaches to the process of a hold, after the verdict, and names the class.
// Without a plan, or where the plan's looks failed, it is looked at only now.
func (s *server) autopsy(a AutopsyNow) {
	e := record.Event{Kind: record.AutopsyDone, Hold: a.Hold}
	if w := s.holds[a.Hold]; w != nil {
		e.Cell = w.Cell
	}
	c, err := s.caseOf(a)
	if err != nil {
		e.Autopsy = &record.Autopsy{Class: string(autopsy.Unknown), Because: err.Error(), TimerBefore: -1, TimerAfter: -1, Switches: -1, NotAttached: err.Error()}
		s.fail(e, fmt.Errorf("autopsy of %q: %w", a.Hold, err))
		return
	}
	s.job(func(ctx context.Context) func() {
		err := c.Attach(ctx)
		report := c.Report()
		return func() {
			e.Autopsy = &report
			delete(s.plans, a.Hold)
			if err != nil {
				s.fail(e, fmt.Errorf("autopsy of %q: %w", a.Hold, err))
				return
			}
			s.emit(e)
		}
	})
}

// caseOf is the planned case, or a new one.
func (s *server) caseOf(a AutopsyNow) (*autopsy.Case, error) {
	if p := s.plans[a.Hold]; p != nil && p.c != nil && (a.PID == 0 || a.PID == p.c.PID) {
		return p.c, nil
	}
	if a.PID != 0 {
		return autopsy.Open(s.root, a.PID, -1)
	}
	w := s.holds[a.Hold]
	if w == nil {
		return nil, errNoHold
	}
	return s.open(w)
}

// open begins a case on the thread that serves a hold at this moment.
func (s *server) open(w *watched) (*autopsy.Case, error) {
	sock, found, err := s.diag.Lookup(w.Peer, w.Local)
	if err != nil {
		return nil, err
	}
	if !found || sock.Inode == 0 {
		return nil, errNoOwner
	}
	w.inode = sock.Inode
	if w.owner.pid == 0 || !proc.Holds(s.root, proc.Owner{PID: w.owner.pid, FD: w.owner.fd}, w.inode) {
		w.owner = owner{}
		s.findOwners([]*watched{w})
	}
	if w.owner.pid == 0 {
		return nil, fmt.Errorf("%w that can be seen", errNoOwner)
	}
	c, err := autopsy.Open(s.root, w.owner.pid, w.owner.fd)
	if err != nil {
		return nil, err
	}
	c.Peer = w.Local.String()
	return c, nil
}

// forgetIdleOwner has the owner looked for anew where the one that was found earlier
// does not wait on the socket: a server that forks may have handed it on since. It
// costs a walk over all processes, so only what is expected to hold for ever is worth it.
func (s *server) forgetIdleOwner(w *watched) {
	if w.owner.pid == 0 {
		return
	}
	if _, _, err := proc.ThreadOn(s.root, w.owner.pid, w.owner.fd); err != nil {
		w.owner = owner{}
	}
}

// inject changes a live process.
func (s *server) inject(i Inject) {
	s.job(func(ctx context.Context) func() {
		what, err := autopsy.ForceRestart(ctx, i.PID)
		return func() {
			e := record.Event{Kind: record.Injected, Note: what}
			if err != nil {
				s.fail(e, err)
				return
			}
			s.emit(e)
		}
	})
}

// job does what may take time beside the looking, one job after another, so
// that stops do not slow each other down. What it returns runs in the server's own goroutine.
func (s *server) job(do func(context.Context) func()) {
	go func() {
		select {
		case s.busy <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		defer func() { <-s.busy }()
		ctx, cancel := context.WithTimeout(s.ctx, caseWithin)
		defer cancel()
		s.hand(do(ctx))
	}()
}
