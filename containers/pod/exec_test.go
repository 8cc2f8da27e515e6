package pod_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pid"
	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
)

func TestACommandIsAskedThroughTheEngine(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())

	// One question has two answers. The end of the input ends the command.
	answers, err := pod.AskAll[pid.Answer](ctx, p, pod.Attacker, wire.CommandKeep, pid.Request{Stat: 1})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answers).To(HaveLen(2))
	g.Expect(answers[1].Stat.PID).To(Equal(1))

	// This line is longer than each buffer between the test and the command.
	long := strings.Repeat("x", 3_000_000)
	_, err = pod.Ask[wire.ProbeResult](ctx, p, pod.Attacker, wire.CommandProbe, wire.ProbeRequest{Address: "target:80", Request: wire.Request{Path: "/" + long}})
	g.Expect(err).NotTo(HaveOccurred())

	// The error contains the stderr of a command that fails.
	_, err = pod.Ask[wire.ProbeResult](ctx, p, pod.Attacker, wire.CommandProbe, wire.ProbeRequest{})
	g.Expect(err).To(MatchError(And(HavePrefix("probe in the attacker: exit status 2: "), ContainSubstring("no address"))))
}

func TestACommandEndsWithItsContextAndWithWhoHears(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	keepers := func() int {
		count := 0
		top, err := b.engine.Client().ContainerTop(ctx, p.Names()[string(pod.Attacker)], topOptions)
		g.Expect(err).NotTo(HaveOccurred())
		for _, process := range top.Processes {
			if strings.Contains(strings.Join(process, " "), "pod keep") {
				count++
			}
		}
		return count
	}
	// The input stays open, so only the context can end the command.
	open, end := context.WithCancel(ctx)
	defer end()
	c := pod.Talk(open, p, pod.Attacker, wire.CommandKeep, func(pid.Answer) {})
	g.Eventually(keepers, 5*time.Second).Should(Equal(1))
	end()
	g.Eventually(c.Done(), 5*time.Second).Should(BeClosed())
	g.Expect(c.Err()).To(MatchError(context.Canceled))
	g.Eventually(keepers, 5*time.Second).Should(BeZero())

	// The command writes first, so the failing writer ends it before its input ends.
	stop := errors.New("enough")
	never, _ := io.Pipe()
	err = p.Run(ctx, pod.Attacker, wire.CommandKeep, never, failing{stop})
	g.Expect(err).To(MatchError(stop))
	g.Eventually(keepers, 5*time.Second).Should(BeZero())
}

// failing is a writer that accepts nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestACommandThatLeavesADaemonBehindEnds(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	exit, out, err := p.ExecTarget(ctx, []string{"sh", "-c", "echo said; sleep 90 & exit 3"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(exit).To(Equal(3))
	g.Expect(out).To(Equal("said\n"))
}

// The engine forgets a command whose container ends. A failing reload can end its own container like this.
func TestTheExitStatusOfACommandThatEndsItsContainer(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	for range 5 {
		up, err := p.Up(ctx, pod.UpOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		exit, _, err := p.ExecTarget(ctx, []string{"sh", "-c", "kill -9 " + number(up.PID) + "; exit 7"})
		if !errors.Is(err, pod.ErrTakenAlong) { // the command ended, or the error says that it was killed
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(exit).To(Equal(7))
		}
		g.Expect(p.Kill(ctx)).To(Succeed())
	}
}
