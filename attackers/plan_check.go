package attackers

import (
	"errors"
	"fmt"
	"net"
	"regexp"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// checkHold says what is wrong with a hold, before anything is opened.
func checkHold(h wire.Hold) error {
	if h.ID == "" {
		return errors.New("a hold has no id")
	}
	fail := func(format string, args ...any) error {
		return fmt.Errorf("hold %s: %s", h.ID, fmt.Sprintf(format, args...))
	}
	if _, port, err := net.SplitHostPort(h.Address); err != nil || port == "" {
		return fail("address %q: want host:port", h.Address)
	}
	if _, known := stages.Named(h.Stage); !known && len(h.Conversation) == 0 {
		return fail("unknown stage %q, and no conversation", h.Stage)
	}
	if !describe(h.Stage).HasMode(h.Mode) {
		return fail("stage %s has no mode %q", h.Stage, h.Mode)
	}
	if described := describe(h.Stage).Name == stages.Conversation; !described && (h.Trickles != nil || h.Unread) {
		return fail("stage %s is no conversation: it decides itself what it trickles and reads", h.Stage)
	}
	if own := h.Trickles; own != nil && (len(own.Bytes) == 0 || own.Count <= 0) {
		return fail("it trickles %d bytes of %q: give both", own.Count, own.Bytes)
	}
	if _, err := regexp.Compile(h.ReleasedBy); err != nil {
		return fail("released_by %q: %v", h.ReleasedBy, err)
	}
	if h.ReleasedBy != "" && !describe(h.Stage).HearsText(h.Unread) {
		return fail("stage %s does not listen to text, so that no text releases it", h.Stage)
	}
	if h.Watch <= 0 {
		return fail("watch is %v: give a time above 0", h.Watch)
	}
	if h.Mode == record.Trickle && h.Interval <= 0 {
		return fail("trickle with an interval of %v: give a time above 0", h.Interval)
	}
	if h.StartAfter < 0 || h.Phase < 0 || h.TrickleFor < 0 || h.ReachWithin < 0 || h.Settle < 0 || h.RefusedWithin < 0 {
		return fail("a duration is negative")
	}
	if _, err := tlsConfig(h.TLS); err != nil {
		return fail("%v", err)
	}
	return nil
}
