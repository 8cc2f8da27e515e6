package inspect

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"stalemate/containers/autopsy"
	"stalemate/containers/proc"
	"stalemate/reports/record"
)

const defaultMargin = time.Second

// plannedAutopsy is an autopsy in preparation. One job at a time uses its case.
type plannedAutopsy struct {
	AutopsyPlan
	c      *autopsy.Case
	margin time.Duration
	failed error // why there is no case
}

// plan schedules the observations before and after a hold's deadline.
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
	this := &plannedAutopsy{AutopsyPlan: p, margin: margin}
	s.plans[p.Hold] = this
	s.runAt(p.Earliest-int64(lead), func() { s.beforeDeadline(this) })
	s.runAt(p.Deadline+int64(margin), func() { s.afterDeadline(this) })
}

// beforeDeadline opens a case on the thread that serves the hold now, and observes it.
func (s *server) beforeDeadline(p *plannedAutopsy) {
	w := s.holds[p.Hold]
	if s.plans[p.Hold] != p || w == nil {
		return // the hold was released, or there is a new plan
	}
	if p.Attach != attachNever {
		s.forgetIdleOwner(w)
	}
	c, err := s.open(w)
	if err != nil {
		p.failed = err
		s.fail(w.event(0, record.Observed), fmt.Errorf("observe %q before its deadline: %w", p.Hold, err))
		return
	}
	c.Deadline, c.Earliest, c.Second = p.Deadline, p.Earliest, p.Deadline+int64(p.margin)
	attach := autopsy.IfHarmless
	if p.Attach == attachNever {
		attach = autopsy.Later
	}
	s.runJob(func(ctx context.Context) func() {
		err := countingSegments(c, w.Peer, w.Local, func() error { return c.Before(ctx, attach) })
		return func() {
			p.c = c
			if err != nil {
				s.fail(w.event(0, record.Observed), fmt.Errorf("observe %q before its deadline: %w", p.Hold, err))
			}
			s.sampleNow(SampleAt{PID: c.PID, TID: c.TID, Hold: p.Hold}, 0)
		}
	})
}

// afterDeadline observes the thread again, unless the limit has ended the hold.
func (s *server) afterDeadline(p *plannedAutopsy) {
	w := s.holds[p.Hold]
	if s.plans[p.Hold] != p || w == nil || p.c == nil {
		return
	}
	p.c.Segments = segments(s.diag, w.Peer, w.Local)
	if err := p.c.After(); err != nil {
		s.fail(w.event(0, record.Observed), fmt.Errorf("observe %q after its deadline: %w", p.Hold, err))
		return
	}
	s.sampleNow(SampleAt{PID: p.c.PID, TID: p.c.TID, Hold: p.Hold}, 0)
}

// autopsy attaches to the process that serves a hold, after the verdict, and names the class. Without a plan, or if the plan's
// observations failed, only this one counts.
func (s *server) autopsy(a AutopsyNow) {
	e := record.Event{Kind: record.AutopsyDone, Hold: a.Hold}
	if w := s.holds[a.Hold]; w != nil {
		e.Cell = w.Cell
	}
	c, err := s.caseOf(a)
	if err != nil {
		e.Autopsy = &record.Autopsy{Class: string(autopsy.Unknown), Because: err.Error(), NotAttached: err.Error()}
		s.fail(e, fmt.Errorf("autopsy of %q: %w", a.Hold, err))
		return
	}
	delete(s.plans, a.Hold) // no second look any more: one job at a time uses the case
	var local, peer netip.AddrPort
	if w := s.holds[a.Hold]; w != nil {
		local, peer = w.Peer, w.Local
	}
	s.runJob(func(ctx context.Context) func() {
		err := countingSegments(c, local, peer, func() error { return c.Attach(ctx) })
		report := c.Report()
		return func() {
			e.Autopsy = &report
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

// open begins a case on the thread that serves a hold now.
func (s *server) open(w *watchedHold) (*autopsy.Case, error) {
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
		s.findOwners([]*watchedHold{w})
	}
	if w.owner.pid == 0 {
		return nil, fmt.Errorf("%w, or its descriptors are hidden", errNoOwner)
	}
	c, err := autopsy.Open(s.root, w.owner.pid, w.owner.fd)
	if err != nil {
		return nil, err
	}
	c.Peer = w.Local.String()
	return c, nil
}

// forgetIdleOwner forgets the known owner if it does not wait on the socket: a server that forks may have passed it on. The
// next search walks over all processes, so this is for holds that are expected never to end.
func (s *server) forgetIdleOwner(w *watchedHold) {
	if w.owner.pid == 0 {
		return
	}
	if _, _, err := proc.ThreadOn(s.root, w.owner.pid, w.owner.fd); err != nil {
		w.owner = owner{}
	}
}
