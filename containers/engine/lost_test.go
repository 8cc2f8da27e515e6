package engine

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

// frozen is an engine that takes requests and never answers.
func frozen(t *testing.T) *Engine {
	t.Helper()
	g := NewWithT(t)
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	g.Expect(err).NotTo(HaveOccurred())
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
	go func() { _ = server.Serve(listener) }() // returns when the server is closed
	t.Cleanup(func() { _ = server.Close() })
	e := &Engine{connections: newConnections("unix://" + socket)}
	e.lost, e.lose = context.WithCancelCause(context.Background())
	e.client, err = client.New(client.WithHost("unix://"+socket), client.WithAPIVersion("1.44"), client.WithDialContext(e.connections.dial))
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// Whoever waits for an engine that is given up gets the reason, at once, and so does whoever asks it later.
func TestEveryRequestToAnEngineThatIsGivenUpFailsWithTheReason(t *testing.T) {
	g := NewWithT(t)
	e := frozen(t)
	reason := errors.New("it is frozen")
	waiting := make(chan error, 2)
	go func() {
		_, err := e.client.Info(t.Context(), client.InfoOptions{})
		waiting <- err
	}()
	go func() {
		_, err := e.client.ContainerAttach(t.Context(), "x", client.ContainerAttachOptions{Stream: true})
		waiting <- err
	}()
	opened := func() int {
		e.connections.mu.Lock()
		defer e.connections.mu.Unlock()
		return len(e.connections.open)
	}
	g.Eventually(opened, 10*time.Second).Should(Equal(2))
	alive, done := e.While(t.Context())
	defer done()
	g.Expect(e.Lost()).To(Succeed())
	e.Abandon(reason)
	for range 2 {
		g.Eventually(waiting, 10*time.Second).Should(Receive(MatchError(ContainSubstring("it is frozen"))))
	}
	g.Eventually(alive.Done(), 10*time.Second).Should(BeClosed())
	g.Expect(context.Cause(alive)).To(Equal(reason))
	g.Expect(e.Lost()).To(Equal(reason))
	_, err := e.client.Info(t.Context(), client.InfoOptions{})
	g.Expect(err).To(MatchError(ContainSubstring("it is frozen")))
}

func TestAnEngineIsGivenUpAfterItsSilenceAlone(t *testing.T) {
	broken := errors.New("connection refused")
	for name, c := range map[string]struct {
		ping func(began time.Time) func(context.Context) error
		lost bool
	}{
		"it answers": {func(time.Time) func(context.Context) error { return func(context.Context) error { return nil } }, false},
		"it restarts for 40 s": {func(began time.Time) func(context.Context) error {
			return func(context.Context) error {
				if time.Since(began) < 40*time.Second {
					return broken
				}
				return nil
			}
		}, false},
		"it is down": {func(time.Time) func(context.Context) error { return func(context.Context) error { return broken } }, true},
		"it is frozen": {func(time.Time) func(context.Context) error {
			return func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}, true},
		"this process was stopped": {func(began time.Time) func(context.Context) error {
			first := true
			return func(ctx context.Context) error {
				if first {
					first = false
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				began := time.Now()
				var reason error
				supervise(ctx, c.ping(began), func(err error) { reason = err })
				if !c.lost {
					g.Expect(reason).NotTo(HaveOccurred())
					return
				}
				g.Expect(reason).To(HaveOccurred())
				g.Expect(time.Since(began)).To(BeNumerically("~", silentAtMost+lastPing, pingEvery+lastPing))
			})
		})
	}
}

// closing is a connection that says when it is closed.
type closing struct {
	net.Conn
	closed func()
}

func (c closing) Close() error { c.closed(); return nil }

// Whoever sees a connection end because the engine is given up already finds the reason, and invents none: a second interruption
// read "the container engine ended during the run".
func TestTheReasonIsThereBeforeTheConnectionsEnd(t *testing.T) {
	g := NewWithT(t)
	e := frozen(t)
	reason := errors.New("interrupted twice")
	var found error
	e.connections.open[&connection{Conn: closing{closed: func() { found = context.Cause(e.lost) }}, of: e.connections}] = struct{}{}
	e.Abandon(reason)
	g.Expect(found).To(MatchError(reason))
}
