package containers

import (
	"errors"
	"fmt"
	"time"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// HoldOption says how a connection is parked.
type HoldOption func(*parking) error

// parking is everything that Hold is told.
type parking struct {
	listener  string
	wire      wire.Hold
	directive string
	limit     time.Duration // 0: none is named
	every     time.Duration // between the beginnings of two holds
}

// OnListener is the listener to connect to. By default it is the first of WithListener.
func OnListener(name string) HoldOption {
	return func(p *parking) error {
		p.listener = name
		return nil
	}
}

// Trickle sends a byte of what the stage waits for each time that this has passed, and never the last
// one. Without it the connection is silent. Not every stage can trickle.
func Trickle(every time.Duration) HoldOption {
	return func(p *parking) error {
		if every <= 0 {
			return fmt.Errorf("Trickle: a byte each %v", every)
		}
		p.wire.Mode, p.wire.Interval, p.wire.Phase = record.Trickle, every, every
		return nil
	}
}

// TrickleFor is Trickle for a time, and silence then: it shows whether a limit counts from the last byte.
func TrickleFor(every, lasting time.Duration) HoldOption {
	return func(p *parking) error {
		if lasting <= 0 {
			return fmt.Errorf("TrickleFor: it lasts %v", lasting)
		}
		p.wire.TrickleFor = lasting
		return Trickle(every)(p)
	}
}

// LimitedBy names the directive that sets the limit of a hold, and the limit. Messages show both, and
// the autopsy of a silent hold looks at the process around the limit, which tells the cause.
func LimitedBy(directive string, limit time.Duration) HoldOption {
	return func(p *parking) error {
		if limit <= 0 {
			return fmt.Errorf("LimitedBy: %s is %v", directive, limit)
		}
		p.directive, p.limit = directive, limit
		return nil
	}
}

// ReachWithin bounds the time from the connection to the stage: 10 s by default.
func ReachWithin(d time.Duration) HoldOption {
	return func(p *parking) error {
		p.wire.ReachWithin = d
		return nil
	}
}

// Every is the time between the beginnings of two connections of Holds: 25 ms by default.
func Every(d time.Duration) HoldOption {
	return func(p *parking) error {
		if d < 0 {
			return fmt.Errorf("Every: the time is %v", d)
		}
		p.every = d
		return nil
	}
}

// Conversation is what a client does before it is parked, for the stage "conversation".
func Conversation(steps ...Step) HoldOption {
	return func(p *parking) error {
		if len(steps) == 0 {
			return errors.New("Conversation: it has no step")
		}
		p.wire.Conversation = steps
		return nil
	}
}
