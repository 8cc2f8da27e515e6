package pod_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pid"
	"stalemate/containers/pod"
)

func TestExecCarriesLinesBothWays(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())

	// A request and its answer, and the end of the input as the command's end.
	var answers []pid.Answer
	exit, err := p.Exec(ctx, pod.Attacker, []string{"pod", "keep"}, strings.NewReader(`{"stat":1}`+"\n"), func(line []byte) error {
		var a pid.Answer
		err := json.Unmarshal(line, &a)
		answers = append(answers, a)
		return err
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(exit).To(BeZero())
	g.Expect(answers).To(HaveLen(2))
	g.Expect(answers[1].Stat.PID).To(Equal(1))

	// A line longer than any buffer on the way, and a last one without a newline.
	var lengths []int
	script := "head -c 3000000 /dev/zero | tr '\\0' x; echo; printf end"
	_, err = p.Exec(ctx, pod.Target, []string{"sh", "-c", script}, nil, func(line []byte) error {
		lengths = append(lengths, len(bytes.TrimSpace(line)))
		return nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(lengths).To(Equal([]int{3000000, 3}))

	// What a failing command says is in the error.
	_, err = p.Exec(ctx, pod.Attacker, []string{"pod", "burn", "--no-such-flag"}, nil, nil)
	g.Expect(err).To(MatchError(ContainSubstring("no-such-flag")))
}

func TestExecEndsWithItsContextAndItsReader(t *testing.T) {
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
	// Its input stays open, so that only the end of the context can end it.
	open, end := context.WithCancel(ctx)
	never, _ := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := p.Exec(open, pod.Attacker, []string{"pod", "keep"}, never, nil)
		done <- err
	}()
	g.Eventually(keepers, 5*time.Second).Should(Equal(1))
	end()
	g.Eventually(done, 5*time.Second).Should(Receive(MatchError(context.Canceled)))
	g.Eventually(keepers, 5*time.Second).Should(BeZero())

	stop := errors.New("enough")
	_, err = p.Exec(ctx, pod.Attacker, []string{"pod", "keep"}, never, func([]byte) error { return stop })
	g.Expect(err).To(MatchError(stop))
	g.Eventually(keepers, 5*time.Second).Should(BeZero())
}

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

// A command that ends its own server, as a failing reload does: the engine forgets it together with the container.
func TestTheExitStatusOfACommandThatEndsItsContainer(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	for range 5 {
		up, err := p.Up(ctx, pod.UpOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		exit, _, err := p.ExecTarget(ctx, []string{"sh", "-c", "kill -9 " + number(up.PID) + "; exit 7"})
		if !errors.Is(err, pod.ErrTakenAlong) { // either it came to its end, or it is said that it did not
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(exit).To(Equal(7))
		}
		g.Expect(p.Kill(ctx)).To(Succeed())
	}
}
