package learn

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/inspect"
)

// TestTheEndOfALookIsNotAFault has the time end in the middle of a look, which then fails.
func TestTheEndOfALookIsNotAFault(t *testing.T) {
	g := NewWithT(t)
	cutShort := func(ctx context.Context) ([]inspect.Listener, error) { <-ctx.Done(); return nil, ctx.Err() }
	_, err := awaitListeners(t.Context(), time.Millisecond, cutShort)
	g.Expect(err).To(MatchError(errNobodyListens))

	interrupted, stop := context.WithCancel(t.Context())
	stop()
	_, err = awaitListeners(interrupted, time.Minute, cutShort)
	g.Expect(err).To(MatchError(context.Canceled))

	gone := errors.New("the server ended with status 7")
	_, err = awaitListeners(t.Context(), time.Minute, func(context.Context) ([]inspect.Listener, error) { return nil, gone })
	g.Expect(err).To(MatchError(gone))
}

func TestWhatComesLaterIsWaitedFor(t *testing.T) {
	g := NewWithT(t)
	plain, encrypted := inspect.Listener{PID: 1, Port: 80}, inspect.Listener{PID: 1, Port: 443}
	looks := 0
	found, err := awaitListeners(t.Context(), time.Minute, func(context.Context) ([]inspect.Listener, error) {
		if looks++; looks < 3 {
			return []inspect.Listener{plain}, nil
		}
		return []inspect.Listener{plain, encrypted}, nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(Equal([]inspect.Listener{plain, encrypted}))
}
