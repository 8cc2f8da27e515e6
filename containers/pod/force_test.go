package pod_test

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
	"stalemate/reports/record"
)

// Five incarnations for each PID: a low one, the one that the documentation uses, and the one of the original report.
func TestPIDsAreForcedExactly(t *testing.T) {
	ctx, b := newBench(t)
	for _, wanted := range []int{60, 4242, 32768} {
		g := NewWithT(t)
		b.spec.Name = "forced"
		b.events = nil
		p, err := pod.Start(ctx, b.engine, b.spec, b.record)
		g.Expect(err).NotTo(HaveOccurred())
		seen := map[uint64]bool{}
		var took []float64
		for range 5 {
			got, err := p.Up(ctx, pod.UpOptions{PID: wanted})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got.PID).To(Equal(wanted))
			g.Expect(seen).NotTo(HaveKey(got.StartTime), "each incarnation has another start time")
			seen[got.StartTime] = true
			took = append(took, got.Took)
			// ps in the target sees the same PID as the holder.
			_, out, err := p.ExecTarget(ctx, []string{"sh", "-c", "ps -o pid= -o comm= -p " + number(wanted)})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(out).To(ContainSubstring("apache2"))
			g.Expect(p.Kill(ctx)).To(Succeed())
		}
		tries := 0
		for _, e := range b.events {
			if e.Kind == record.ForceAttempt {
				tries++
			}
		}
		slices.Sort(took)
		t.Logf("PID %d: median %.2f s, %d attempts for 5 incarnations", wanted, took[2], tries)
		g.Expect(p.Close(ctx)).To(Succeed())
	}
}

func TestAPIDThatIsTakenIsInconclusiveNotAnother(t *testing.T) {
	ctx, b := newBench(t)
	g := NewWithT(t)
	p := b.start(ctx, t)
	_, err := p.Up(ctx, pod.UpOptions{PID: 2})
	g.Expect(err).To(MatchError(pod.ErrNotForced))
	running, _, _, err := p.State(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(running).To(BeFalse())
}
