package containers

import (
	"context"
	"fmt"
	"time"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

const (
	// watchFor is longer than any test: a hold is watched until it is closed.
	watchFor = 24 * time.Hour
	// stagger lies between the starts of two holds: a burst of handshakes would make the last of them late.
	stagger = 25 * time.Millisecond
	// provenWithin is how long the proof of a parked hold is waited for. On a loaded machine it took up to 3.5 s.
	provenWithin = 5 * time.Second
)

// Hold opens a connection and parks it at a stage. It returns when a process of the server is seen to
// own the socket and to have read what was sent, or 5 s after the stage was reached: then BeProven
// says why it is not proven. The error says why the stage was not reached.
func (s *Server) Hold(ctx context.Context, stage string, opts ...HoldOption) (*Hold, error) {
	all, err := s.Holds(ctx, 1, stage, opts...)
	if err != nil {
		return nil, err
	}
	state := all[0].State()
	if why := state.Failed + state.NotApplicable; why != "" {
		return nil, fmt.Errorf("hold %s: %s", all[0], why)
	}
	return all[0], nil
}

// Holds opens many connections to one listener and parks each at the stage. Those that did not reach
// it are among the results, and say why: a server whose workers are all taken answers no handshake.
func (s *Server) Holds(ctx context.Context, count int, stage string, opts ...HoldOption) ([]*Hold, error) {
	p := parking{every: stagger, wire: wire.Hold{Stage: stage, Mode: record.Silent, Watch: watchFor}}
	for _, option := range opts {
		if err := option(&p); err != nil {
			return nil, fmt.Errorf("hold %s at %s: %w", s.name, stage, err)
		}
	}
	l, err := s.listener(p.listener)
	if err != nil {
		return nil, fmt.Errorf("hold at %s: %w", stage, err)
	}
	running, _, err := s.alive(ctx)
	switch {
	case err != nil:
		return nil, err
	case !running:
		return nil, fmt.Errorf("hold listener %s of %s at %s: %w", l.name, s.name, stage, ErrDown)
	}
	p.listener = l.name
	p.wire.Address, p.wire.TLS, p.wire.Preface, p.wire.Request = s.address(l), l.tls, l.preface, s.settings.request
	all, err := s.followed.park(s, p, count)
	if err != nil {
		return nil, fmt.Errorf("hold listener %s of %s at %s: %w", l.name, s.name, stage, err)
	}
	for _, h := range all {
		if err := h.awaitProof(ctx); err != nil {
			return nil, fmt.Errorf("hold %s: %w", h, err)
		}
	}
	return all, nil
}
