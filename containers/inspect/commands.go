package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// Command is one line on the inspector's standard input: exactly one of its fields.
type Command struct {
	Watch       *Watch       `json:"watch,omitempty"`
	Unwatch     *HoldRef     `json:"unwatch,omitempty"`
	Fast        *HoldRef     `json:"fast,omitempty"`
	Owner       *HoldRef     `json:"owner,omitempty"`
	Workers     *Workers     `json:"workers,omitempty"`
	Passive     *Passive     `json:"passive,omitempty"`
	Sample      *SampleAt    `json:"sample,omitempty"`
	AutopsyPlan *AutopsyPlan `json:"autopsy_plan,omitempty"`
	Autopsy     *AutopsyNow  `json:"autopsy,omitempty"`
	Inject      *Inject      `json:"inject,omitempty"`
}

// Watch follows the server's end of one connection until it is released.
//
// hold.proven comes once, when a process owns the socket, has read all of it,
// and has received Sent bytes. worker.freed comes once, when no process owns it any more.
type Watch struct {
	Hold  string         `json:"hold"`
	Cell  string         `json:"cell,omitempty"`
	Local netip.AddrPort `json:"local"`          // the attacker's end
	Peer  netip.AddrPort `json:"peer"`           // the server's end
	Sent  uint64         `json:"sent,omitempty"` // bytes that must have arrived before the hold counts as proven
}

// HoldRef names a hold.
type HoldRef struct {
	Hold string `json:"hold"`
}

// Workers asks for the processes and threads of the target, by what they wait in.
type Workers struct {
	Main int `json:"main,omitempty"` // it and its descendants; 0: all but the inspector's own
}

// Passive asks for the counters of the network namespace.
type Passive struct{}

// SampleAt asks for looks at the thread that serves, at exact times.
type SampleAt struct {
	PID  int     `json:"pid"`
	TID  int     `json:"tid,omitempty"` // 0: the first thread
	Hold string  `json:"hold,omitempty"`
	At   []int64 `json:"at"` // CLOCK_MONOTONIC ns; a time that has passed is taken at once
}

// AutopsyPlan prepares the autopsy of a hold that is expected never to end:
// looks at its thread Lead before the limit may fire at the earliest, and Margin after it should have.
type AutopsyPlan struct {
	Hold     string  `json:"hold"`
	Deadline int64   `json:"deadline_t"`               // CLOCK_MONOTONIC ns, when the limit should fire at the latest
	Earliest int64   `json:"earliest_t,omitempty"`     // before this it cannot; 0: the deadline
	Lead     float64 `json:"lead_seconds,omitempty"`   // 0: the margin
	Margin   float64 `json:"margin_seconds,omitempty"` // 0: one second
	Attach   string  `json:"attach,omitempty"`         // before the deadline: "if-harmless" (default) or "never"
}

// AutopsyNow attaches to the process that owns the hold, after the verdict.
type AutopsyNow struct {
	Hold string `json:"hold"`
	PID  int    `json:"pid,omitempty"` // instead of the hold's owner
}

// Inject changes a live process, as a declared part of a scenario.
type Inject struct {
	PID     int    `json:"pid"`
	Signal  string `json:"signal"` // ALRM
	Restart *bool  `json:"sa_restart,omitempty"`
}

var errOneCommand = errors.New("exactly one command is wanted")

// ParseCommand reads one line.
func ParseCommand(line []byte) (Command, error) {
	var c Command
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Command{}, fmt.Errorf("command %.120q: %w", line, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Command{}, fmt.Errorf("command %.120q: more than one object", line)
	}
	n := 0
	for _, set := range []bool{c.Watch != nil, c.Unwatch != nil, c.Fast != nil, c.Owner != nil, c.Workers != nil,
		c.Passive != nil, c.Sample != nil, c.AutopsyPlan != nil, c.Autopsy != nil, c.Inject != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return Command{}, fmt.Errorf("command %.120q: %w", line, errOneCommand)
	}
	return c, c.check()
}

// check refuses what cannot be carried out.
func (c Command) check() error {
	switch {
	case c.Watch != nil:
		w := c.Watch
		if w.Hold == "" || !w.Local.IsValid() || !w.Peer.IsValid() {
			return fmt.Errorf("watch %q: a hold and both ends, as address:port, are wanted", w.Hold)
		}
		if w.Local.Addr().Unmap().Is4() != w.Peer.Addr().Unmap().Is4() {
			return fmt.Errorf("watch %q: its ends %s and %s are of different families", w.Hold, w.Local, w.Peer)
		}
	case c.AutopsyPlan != nil:
		p := c.AutopsyPlan
		if p.Deadline <= 0 || p.Margin < 0 || p.Lead < 0 || p.Earliest < 0 || p.Earliest > p.Deadline {
			return fmt.Errorf("autopsy plan of %q: a deadline, nothing that is negative and no earliest moment after it are wanted", p.Hold)
		}
		if p.Attach != "" && p.Attach != attachIfHarmless && p.Attach != attachNever {
			return fmt.Errorf("autopsy plan of %q: attach is %q or %q, not %q", p.Hold, attachIfHarmless, attachNever, p.Attach)
		}
	case c.Inject != nil:
		if c.Inject.PID <= 0 || c.Inject.Signal != "ALRM" || c.Inject.Restart == nil || !*c.Inject.Restart {
			return fmt.Errorf("inject: only {pid, signal ALRM, sa_restart true} exists")
		}
	case c.Sample != nil:
		if c.Sample.PID <= 0 || len(c.Sample.At) == 0 {
			return fmt.Errorf("sample: a pid and at least one time are wanted")
		}
	}
	return nil
}

// What may be done to a process before its deadline.
const (
	attachIfHarmless = "if-harmless"
	attachNever      = "never"
)
