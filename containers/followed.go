package containers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// followed are the holds of a server, and the two programs in the pod that tell of them: the attacker
// from the client's side, and the inspector from the server's.
type followed struct {
	pod     *pod.Pod
	run     string
	name    string
	serving context.Context // until close
	stop    context.CancelFunc

	mu        sync.Mutex
	attacker  *pod.Conversation
	inspector *pod.Conversation
	inspects  int // the incarnation that the inspector looks at
	holds     map[string]*Hold
	opened    int

	skew atomic.Int64 // from this machine's monotonic clock to the pod's; only a remote engine has one
}

func newFollowed(p *pod.Pod, run, name string) *followed {
	f := &followed{pod: p, run: run, name: name, holds: map[string]*Hold{}}
	f.serving, f.stop = context.WithCancel(context.Background())
	return f
}

// park opens the connections of a parking.
func (f *followed) park(s *Server, p parking, count int) ([]*Hold, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.converse()
	var all []*Hold
	var order []wire.Hold
	for i := range count {
		f.opened++
		one := p
		one.wire.ID = fmt.Sprintf("%s/%s#%d", p.listener, p.wire.Stage, f.opened)
		one.wire.StartAfter = time.Duration(i) * p.every
		h := &Hold{server: s, parking: one, incarnation: f.inspects, changed: make(chan struct{})}
		h.state.ID = one.wire.ID
		f.holds[one.wire.ID] = h
		all, order = append(all, h), append(order, one.wire)
	}
	return all, f.attacker.Send(map[string]any{"holds": order})
}

// converse begins the conversations that are not under way. An inspector ends with the server's incarnation.
func (f *followed) converse() {
	if over(f.attacker) {
		f.attacker = f.talk(pod.Attacker, wire.CommandAttack, func(*Hold) bool { return true })
		_ = f.attacker.Send(wire.Plan{Run: f.run, Target: f.name, Pod: f.name}) // it fails where the attacker is gone, which loses the holds
	}
	now := f.pod.Incarnation().Number
	if over(f.inspector) || f.inspects != now {
		f.inspector = f.talk(pod.Inspector, wire.CommandInspect, func(h *Hold) bool { return h.incarnation == now })
		f.inspects = now
	}
}

// talk begins a conversation. When it ends before close, those holds are not followed any more.
func (f *followed) talk(role pod.Role, command wire.Command, which func(*Hold) bool) *pod.Conversation {
	c := pod.Talk(f.serving, f.pod, role, command, f.hear)
	go func() {
		<-c.Done()
		if f.serving.Err() == nil {
			f.lost(fmt.Sprintf("the %s ended: %v", role, c.Err()), which)
		}
	}()
	return c
}

// over says whether there is no conversation under way.
func over(c *pod.Conversation) bool {
	if c == nil {
		return true
	}
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}

// hear takes in an event from either end, and tells the inspector what it has to know.
func (f *followed) hear(e record.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if skew := e.T - record.Now(); f.skew.Load() == 0 || skew > f.skew.Load() {
		f.skew.Store(skew) // the quickest message is the nearest to the truth
	}
	h := f.holds[e.Hold]
	if h == nil {
		return
	}
	state, err := h.hear(e)
	if err == nil {
		err = f.tell(h, state, e)
	}
	if err != nil {
		h.lose(err.Error())
	}
}

// tell has the inspector look at a hold from the moment of connecting, more often at one that was released, and around its limit at the process
// of one that is proven.
func (f *followed) tell(h *Hold, state record.HoldState, e record.Event) error {
	switch {
	case e.Kind == record.HoldConnected:
		c, err := inspect.Approach(e)
		if err != nil {
			return err
		}
		return f.inspector.Send(c)
	case e.Kind == record.HoldParked:
		return f.inspector.Send(inspect.Arrival(e))
	case e.Kind == record.HoldReleased && e.Release.By != record.ByNothing:
		return f.inspector.Send(inspect.Command{Fast: &inspect.HoldRef{Hold: e.Hold}})
	case e.Kind == record.HoldProven:
		if plan := h.plan(state); plan != nil {
			return f.inspector.Send(inspect.Command{AutopsyPlan: plan})
		}
	}
	return nil
}

// lost ends the following of those holds.
func (f *followed) lost(why string, which func(*Hold) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, h := range f.holds {
		if which(h) {
			h.lose(why)
			delete(f.holds, id)
		}
	}
}

// ended ends the following of all holds of a server that is about to be ended. Those that were released
// by then were released by a server that lived.
func (f *followed) ended(why string) {
	f.lost(why, func(h *Hold) bool {
		h.certify()
		return true
	})
}

var errNotFollowed = errors.New("the hold is not followed any more")

// release closes a connection from the client's side.
func (f *followed) release(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holds[id] == nil {
		return errNotFollowed
	}
	delete(f.holds, id)
	return errors.Join(f.attacker.Send(map[string]string{"release": id}), f.inspector.Send(inspect.Command{Unwatch: &inspect.HoldRef{Hold: id}}))
}

// ask gives the inspector a command.
func (f *followed) ask(c inspect.Command) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inspector == nil {
		return errNotFollowed
	}
	return f.inspector.Send(c)
}

// now is the pod's clock. It takes no lock: a hold that has its own asks for the time.
func (f *followed) now() int64 { return record.Now() + f.skew.Load() }

// close ends both conversations, and with them all connections.
func (f *followed) close() {
	f.lost("the server is closed", func(*Hold) bool { return true })
	f.stop()
}
