package matchers_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/matchers"
)

// crashed is a connection that ended before the assertion. Only a question to the server tells that the server died of it.
type crashed struct{ connection }

func (c crashed) AwaitRelease(context.Context) record.HoldState {
	state := c.HoldState
	state.Failed = "the server's main process has ended with status 139"
	return state
}

func TestADeathIsNoReleaseAlthoughItCameBeforeTheAssertion(t *testing.T) {
	g := NewWithT(t)
	died := crashed{released(2*second, 2*second, 2*second)}
	expect(g, matchers.BeReleasedWithin(10*time.Second), died, unknown, "has ended with status 139")
	expect(g, matchers.BeHeld(8*time.Second), died, unknown, "has ended with status 139")
}

// patient notes how long a matcher is ready to wait.
type patient struct {
	connection
	within *time.Duration
}

func (p patient) AwaitRelease(ctx context.Context) record.HoldState {
	deadline, _ := ctx.Deadline()
	*p.within = time.Until(deadline)
	return p.HoldState
}

// The client tells of a GOAWAY only when the connection's end is known too, or EndGrace after it.
func TestAReleaseIsAwaitedAsLongAsItsNewsMayTake(t *testing.T) {
	g := NewWithT(t)
	var within time.Duration
	_, err := matchers.BeReleasedWithin(4 * time.Second).Match(patient{held(second), &within})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(within).To(BeNumerically(">", 3*time.Second+wire.EndGrace))
}

func TestBeHeldCountsFromTheProof(t *testing.T) {
	g := NewWithT(t)
	queued := released(10*second, 10*second, 10*second) // of which the server had it for the last five seconds
	queued.Proven = queued.Parked + 5*second
	expect(g, matchers.BeHeld(8*time.Second), queued, no, "early")
	expect(g, matchers.BeHeld(4*time.Second), queued, yes, "")
}

func TestAHoldThatFailedIsNeitherProvenNorUnproven(t *testing.T) {
	g := NewWithT(t)
	lost := held(second)
	lost.Failed = "the client closed the connection"
	expect(g, matchers.BeProven(), lost, unknown, "the client closed the connection")
}

func TestAMisspeltPatternIsAnError(t *testing.T) {
	g := NewWithT(t)
	left := []containers.Leftover{{Kind: "posix-shm", Name: "/dev/shm/ShM.1"}}
	for pattern, says := range map[string]string{"posixshm ShM.*": `unknown kind "posixshm"`, "posix-shm [": "no pattern of a name", "posix-shm ": "no pattern of a name"} {
		expect(g, matchers.Leave(pattern), left, unknown, says)
	}
	expect(g, matchers.Leave("posix-shm ShM.*"), left, yes, "ShM.1")
}

func TestAnEmptyStartIsNoRefusal(t *testing.T) {
	g := NewWithT(t)
	expect(g, matchers.RefuseToStart(), containers.State{}, unknown, "the start failed before the server ran")
}
