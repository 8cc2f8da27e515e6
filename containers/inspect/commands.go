package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"stalemate/reports/record"
)

// Command is one line on the inspector's input. Exactly one of its fields is set.
type Command struct {
	Main        *Main        `json:"main,omitempty"`
	Watch       *Watch       `json:"watch,omitempty"`
	Parked      *Parked      `json:"parked,omitempty"`
	Unwatch     *HoldRef     `json:"unwatch,omitempty"`
	Fast        *HoldRef     `json:"fast,omitempty"`
	Owner       *HoldRef     `json:"owner,omitempty"`
	Workers     *Workers     `json:"workers,omitempty"`
	Ports       *Ports       `json:"ports,omitempty"`
	Passive     *Passive     `json:"passive,omitempty"`
	Outgoing    *Outgoing    `json:"outgoing,omitempty"`
	Sample      *SampleAt    `json:"sample,omitempty"`
	AutopsyPlan *AutopsyPlan `json:"autopsy_plan,omitempty"`
	Autopsy     *AutopsyNow  `json:"autopsy,omitempty"`
	Inject      *Inject      `json:"inject,omitempty"`
}

// Watch watches the server's end of one connection until it is released. Two events follow, each once: hold.proven when a
// process owns the socket, has read all of it, and Sent bytes have arrived; worker.freed when no process owns it any more.
// Watch a connection from the moment of connecting: the proof then has the time at which it became true.
type Watch struct {
	Hold    string         `json:"hold"`
	Cell    string         `json:"cell,omitempty"`
	Local   netip.AddrPort `json:"local"`              // the attacker's end
	Peer    netip.AddrPort `json:"peer"`               // the server's end
	Sent    uint64         `json:"sent,omitempty"`     // bytes that must have arrived before the hold counts as proven
	ParkedT int64          `json:"parked_t,omitempty"` // CLOCK_MONOTONIC, ns: when the client reached its stage; 0: a Parked will tell
	Unread  bool           `json:"unread,omitempty"`   // the client does not read: hold.wrote and socket.shut tell what it cannot see
}

// Approach is the Watch of a connection that is on its way to its stage. The event is hold.connected. Send Arrival when it
// is there.
func Approach(e record.Event) (Command, error) {
	if e.HoldInfo == nil {
		return Command{}, fmt.Errorf("watch hold %s: the event %s has no ends", e.Hold, e.Kind)
	}
	local, err := netip.ParseAddrPort(e.HoldInfo.Local)
	if err != nil {
		return Command{}, fmt.Errorf("watch hold %s: the attacker's end: %w", e.Hold, err)
	}
	peer, err := netip.ParseAddrPort(e.HoldInfo.Peer)
	if err != nil {
		return Command{}, fmt.Errorf("watch hold %s: the server's end: %w", e.Hold, err)
	}
	return Command{Watch: &Watch{Hold: e.Hold, Cell: e.Cell, Local: local, Peer: peer, Unread: e.HoldInfo.Unread}}, nil
}

// There is the Watch of a connection that has reached its stage, of an event that names both ends.
func There(e record.Event) (Command, error) {
	c, err := Approach(e)
	if err == nil {
		c.Watch.Sent, c.Watch.ParkedT = uint64(e.HoldInfo.Sent), e.T
	}
	return c, err
}

// Arrival says that the client of a connection that Approach named has reached its stage. The event is hold.parked.
func Arrival(e record.Event) Command {
	arrived := &Parked{Hold: e.Hold, T: e.T}
	if e.HoldInfo != nil {
		arrived.Sent = uint64(e.HoldInfo.Sent)
	}
	return Command{Parked: arrived}
}

// Parked says that the client of a watched connection has reached its stage.
type Parked struct {
	Hold string `json:"hold"`
	Sent uint64 `json:"sent,omitempty"` // as in Watch
	T    int64  `json:"parked_t"`       // as in Watch
}

// Main follows the target's main process: process.ended tells of its end. Those that own the sockets of holds are followed
// without a command.
type Main struct {
	PID int `json:"pid"`
}

// HoldRef names a hold.
type HoldRef struct {
	Hold string `json:"hold"`
}

// Workers asks for the threads of the target and the system calls that they wait in.
type Workers struct {
	Main int `json:"main,omitempty"` // this process and its descendants; 0: all but the inspector's
}

// Ports asks for the sockets of the target's ports.
type Ports struct {
	Ports []int `json:"ports"`
}

// Passive asks for the TCP counters of the network namespace.
type Passive struct{}

// Outgoing asks for the connections of the target to other servers.
type Outgoing struct {
	Main int `json:"main,omitempty"` // as in Workers
}

// SampleAt asks to observe a thread at exact times.
type SampleAt struct {
	PID  int     `json:"pid"`
	TID  int     `json:"tid,omitempty"` // 0: the first thread
	Hold string  `json:"hold,omitempty"`
	At   []int64 `json:"at"` // CLOCK_MONOTONIC, ns; a time in the past: at once
}

// AutopsyPlan prepares the autopsy of a hold that is expected never to end. The inspector observes its thread twice: Lead
// before the limit can fire, and Margin after it must have fired.
type AutopsyPlan struct {
	Hold     string  `json:"hold"`
	Deadline int64   `json:"deadline_t"`               // CLOCK_MONOTONIC, ns: the latest time at which the limit must fire
	Earliest int64   `json:"earliest_t,omitempty"`     // the limit cannot fire before this; 0: the deadline
	Lead     float64 `json:"lead_seconds,omitempty"`   // 0: the margin
	Margin   float64 `json:"margin_seconds,omitempty"` // 0: one second
	Attach   string  `json:"attach,omitempty"`         // whether to stop the thread before the deadline: "if-harmless" (default) or "never"
}

// AutopsyNow attaches to the process that serves a hold, after the verdict.
type AutopsyNow struct {
	Hold string `json:"hold"`
	PID  int    `json:"pid,omitempty"` // this process instead of the one that serves the hold
}

// Inject changes a live process, as a scenario of the target file declares.
type Inject struct {
	PID     int    `json:"pid"`
	Signal  string `json:"signal"` // ALRM
	Restart *bool  `json:"sa_restart,omitempty"`
}

var errOneCommand = errors.New("it must have exactly one field")

// ParseCommand parses and checks one line.
func ParseCommand(line []byte) (Command, error) {
	var c Command
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Command{}, fmt.Errorf("parse command %.120q: %w", line, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Command{}, fmt.Errorf("parse command %.120q: more than one object", line)
	}
	n := 0
	for _, set := range []bool{c.Main != nil, c.Watch != nil, c.Parked != nil, c.Unwatch != nil, c.Fast != nil, c.Owner != nil, c.Workers != nil, c.Ports != nil,
		c.Passive != nil, c.Outgoing != nil, c.Sample != nil, c.AutopsyPlan != nil, c.Autopsy != nil, c.Inject != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return Command{}, fmt.Errorf("parse command %.120q: %w", line, errOneCommand)
	}
	return c, c.check()
}

// check returns what is wrong with a command.
func (c Command) check() error {
	switch {
	case c.Watch != nil:
		w := c.Watch
		if w.Hold == "" || !w.Local.IsValid() || !w.Peer.IsValid() {
			return fmt.Errorf("watch %q: it needs a hold and both ends, as address:port", w.Hold)
		}
		if w.Local.Addr().Unmap().Is4() != w.Peer.Addr().Unmap().Is4() {
			return fmt.Errorf("watch %q: the ends %s and %s are of different address families", w.Hold, w.Local, w.Peer)
		}
	case c.Parked != nil:
		if c.Parked.Hold == "" || c.Parked.T <= 0 {
			return fmt.Errorf("parked %q: it needs a hold and the time at which the client reached its stage", c.Parked.Hold)
		}
	case c.AutopsyPlan != nil:
		p := c.AutopsyPlan
		if p.Deadline <= 0 || p.Margin < 0 || p.Lead < 0 || p.Earliest < 0 || p.Earliest > p.Deadline {
			return fmt.Errorf("plan the autopsy of %q: it needs a deadline, no negative number, and no earliest time after the deadline", p.Hold)
		}
		if p.Attach != "" && p.Attach != attachIfHarmless && p.Attach != attachNever {
			return fmt.Errorf("plan the autopsy of %q: attach must be %q or %q, not %q", p.Hold, attachIfHarmless, attachNever, p.Attach)
		}
	case c.Main != nil:
		if c.Main.PID <= 0 {
			return fmt.Errorf("main: it needs a pid")
		}
	case c.Inject != nil:
		if c.Inject.PID <= 0 || c.Inject.Signal != "ALRM" || c.Inject.Restart == nil || !*c.Inject.Restart {
			return fmt.Errorf("inject: the only injection is {pid, signal: ALRM, sa_restart: true}")
		}
	case c.Sample != nil:
		if c.Sample.PID <= 0 || len(c.Sample.At) == 0 {
			return fmt.Errorf("sample: it needs a pid and at least one time")
		}
	}
	return nil
}

// The values of AutopsyPlan.Attach.
const (
	attachIfHarmless = "if-harmless"
	attachNever      = "never"
)
