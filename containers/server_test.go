package containers_test

import (
	"context"
	"net/http"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/reports/record"
)

// canary runs the server whose limits are known, which is part of the helper.
func canary(t *testing.T, opts ...testcontainers.ContainerCustomizer) (context.Context, *containers.Server) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	helper, err := image.New(e, nil).Helper(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	opts = append([]testcontainers.ContainerCustomizer{
		testcontainers.WithCmd("pod", "canary"), containers.WithListener("web", 8080, "http"),
	}, opts...)
	server, err := containers.Run(ctx, helper, opts...)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { NewWithT(t).Expect(server.Close(ctx)).To(Succeed()) })
	return ctx, server
}

func TestAHoldIsProvenAndReleasedByTheServersLimit(t *testing.T) {
	ctx, server := canary(t)
	g := NewWithT(t)
	hold, err := server.Hold(ctx, "http.keep-alive", containers.LimitedBy("IdleTimeout", 2*time.Second))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(hold.String()).To(Equal("helper/web/http.keep-alive/silent"))
	state := hold.State()
	g.Expect(state.Proven).NotTo(BeZero())
	g.Expect(state.PID).To(Equal(server.PID()))

	within, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	state = hold.AwaitWorker(within)
	g.Expect(state.By).To(Equal(record.ByFIN))
	g.Expect(time.Duration(state.Released - state.Parked)).To(BeNumerically("~", 2*time.Second, 500*time.Millisecond))
	g.Expect(state.WorkerFreed).NotTo(BeZero())

	response, err := server.Get(ctx, "web", "/")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(response).To(HaveHTTPStatus(http.StatusOK))

	kept, err := server.Hold(ctx, "http.headers")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(kept.Close()).To(Succeed())
	g.Expect(kept.State().Failed).To(Equal("the client closed the connection"))
	g.Expect(kept.Close()).To(MatchError(ContainSubstring("not followed")))
	_, err = server.Hold(ctx, "no.such-stage")
	g.Expect(err).To(MatchError(ContainSubstring("no.such-stage")))
	_, err = server.Hold(ctx, "http.headers", containers.OnListener("none"))
	g.Expect(err).To(MatchError(ContainSubstring("it has web")))
}

func TestAServerIsKilledAndStartedWithItsPID(t *testing.T) {
	ctx, server := canary(t)
	g := NewWithT(t)
	held, err := server.Hold(ctx, "http.headers")
	g.Expect(err).NotTo(HaveOccurred())
	was := server.PID()
	g.Expect(server.Kill(ctx)).To(Succeed())
	g.Expect(held.AwaitRelease(ctx).Failed).To(Equal("the server was killed"), "a death releases nothing")

	_, err = server.Get(ctx, "web", "/")
	g.Expect(err).To(MatchError(syscall.ECONNREFUSED))
	_, err = server.Hold(ctx, "http.headers")
	g.Expect(err).To(MatchError(containers.ErrDown))

	state, err := server.StartWithPID(ctx, was)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(state.PID).To(Equal(was))
	g.Expect(state.Alive).To(BeTrue())
	g.Expect(state.Answers).To(HaveExactElements(HaveField("OK", true)))
	again, err := server.Hold(ctx, "http.headers")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again.State().PID).To(Equal(was))

	_, err = server.Start(ctx)
	g.Expect(err).To(MatchError(ContainSubstring("already up")))
	status, err := server.Stop(ctx, 10*time.Second)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(status).To(BeZero())
	_, err = server.StartWithPID(ctx, 1<<30)
	g.Expect(err).To(MatchError(containers.ErrPID))
}
