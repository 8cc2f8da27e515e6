package attackers

import (
	"errors"
	"fmt"
	"net"

	"stalemate/reports/record"
)

// check says what is wrong with a hold before anything is opened.
func (h Hold) check() error {
	if h.ID == "" {
		return errors.New("a hold has no id")
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("hold %s: %s", h.ID, fmt.Sprintf(format, args...))
	}
	if _, port, err := net.SplitHostPort(h.Address); err != nil || port == "" {
		return fail("address %q: want host:port", h.Address)
	}
	if _, known := Stage(h.Stage); !known && len(h.Conversation) == 0 {
		return fail("unknown stage %q, and no conversation", h.Stage)
	}
	if !ModeExists(h.Stage, h.Mode) {
		return fail("stage %s has no mode %q", h.Stage, h.Mode)
	}
	if h.Watch <= 0 {
		return fail("watch is %v: say how long to wait", h.Watch)
	}
	if h.Mode == record.Trickle && h.Interval <= 0 {
		return fail("trickle with an interval of %v", h.Interval)
	}
	if h.StartAfter < 0 || h.Phase < 0 || h.TrickleFor < 0 || h.ReachWithin < 0 || h.Settle < 0 {
		return fail("a duration is negative")
	}
	if _, err := h.TLS.config(); err != nil {
		return fail("%v", err)
	}
	return nil
}

// stageOf finds the stage of a checked hold.
func stageOf(h Hold) stage {
	for _, s := range catalogue() {
		if s.Name == h.Stage {
			return s
		}
	}
	return conversation()
}
