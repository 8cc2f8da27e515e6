package containers

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestTheClientsAccountOfAReleaseIsWaitedFor has the inspector tell first that the worker is free.
func TestTheClientsAccountOfAReleaseIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		h := &Hold{server: &Server{followed: &followed{}}, changed: make(chan struct{})}
		h.parking.wire.ID, h.state.ID = "web/http.headers#1", "web/http.headers#1"
		hear := func(e record.Event) {
			e.Hold = h.parking.wire.ID
			_, err := h.hear(e)
			g.Expect(err).NotTo(HaveOccurred())
		}
		free := func(s record.HoldState) bool { return s.WorkerFreed != 0 }
		hear(record.Event{Kind: record.WorkerFreed, T: 5, Release: &record.Release{By: record.BySocketGone}})
		began := time.Now()
		g.Expect(h.bothSides(ctx, free).Released).To(BeZero(), "a client that does not read never tells")
		g.Expect(time.Since(began)).To(Equal(settling))
		go func() {
			timer := time.NewTimer(settling / 2)
			<-timer.C
			hear(record.Event{Kind: record.HoldReleased, T: 4, Release: &record.Release{By: record.ByFIN}})
		}()
		began = time.Now()
		g.Expect(h.bothSides(ctx, free).By).To(Equal(record.ByFIN))
		g.Expect(time.Since(began)).To(Equal(settling / 2))
	})
}
