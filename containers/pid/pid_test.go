//go:build linux

package pid

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
)

// few is the most PIDs of the machine that one test takes.
const few = 300

func TestAdvanceMovesTheLastPID(t *testing.T) {
	g := NewWithT(t)
	before, err := LastPID()
	g.Expect(err).NotTo(HaveOccurred())
	// Other processes of the machine take PIDs too, so the last PID may pass the mark. Advance must not take more than asked.
	taken, err := Advance(t.Context(), before+100, few)
	if err != nil {
		g.Expect(err).To(MatchError(ErrPast))
	}
	g.Expect(taken).To(BeNumerically("<=", 100))
	g.Expect(taken).To(BeNumerically(">", 10))
	after, err := LastPID()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(after).To(BeNumerically(">=", before+100))
}

func TestAdvanceKeepsItsBoundAndItsContext(t *testing.T) {
	g := NewWithT(t)
	at, err := LastPID()
	g.Expect(err).NotTo(HaveOccurred())
	taken, err := Advance(t.Context(), at+10000, 20)
	g.Expect(err).To(MatchError(ErrBound))
	g.Expect(taken).To(BeNumerically("<=", 20))
	_, err = Advance(t.Context(), 1, few)
	g.Expect(err).To(MatchError(ErrPast))
	ended, end := context.WithCancel(t.Context())
	end()
	taken, err = Advance(ended, at+10000, few)
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(taken).To(BeZero())
}

func TestNextStepNeverOvershoots(t *testing.T) {
	g := NewWithT(t)
	for gap := 1; gap < 10000; gap++ {
		step := nextStep(gap)
		g.Expect(step).To(And(BeNumerically(">=", 1), BeNumerically("<=", gap), BeNumerically("<=", chunk)))
	}
}

func TestReadAgreesWithTheKernelAboutOurselves(t *testing.T) {
	g := NewWithT(t)
	self, err := proc.ReadStat(proc.Root, os.Getpid(), os.Getpid())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(self.PID).To(Equal(os.Getpid()))
	g.Expect(self.PPID).To(Equal(os.Getppid()))
	g.Expect(self.StartTime).NotTo(BeZero())
	raw, err := rawRead(os.Getpid(), make([]byte, 4096))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(raw.StartTime).To(Equal(self.StartTime))
	g.Expect(isProcess(os.Getpid(), make([]byte, 4096))).To(BeTrue())
	_, err = proc.ReadStat(proc.Root, 1<<30, 1<<30)
	g.Expect(err).To(MatchError(os.ErrNotExist))
}

func TestTheHolderAnswersEveryRequestInOrder(t *testing.T) {
	g := NewWithT(t)
	at, err := LastPID()
	g.Expect(err).NotTo(HaveOccurred())
	var in, out bytes.Buffer
	asks := json.NewEncoder(&in)
	for _, ask := range []Request{
		{Stat: os.Getpid()},
		{Advance: &AdvanceRequest{To: at + 100000, Bound: 1}},
		{Watch: &WatchRequest{After: at + 100000, Within: 20}},
		{},
		{Stat: 1 << 30},
	} {
		g.Expect(asks.Encode(ask)).To(Succeed())
	}
	started := time.Now()
	g.Expect(ServeHolder(t.Context(), &in, &out)).To(Succeed())
	g.Expect(time.Since(started)).To(BeNumerically(">=", 20*time.Millisecond))
	var answers []Answer
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var a Answer
		g.Expect(json.Unmarshal(lines.Bytes(), &a)).To(Succeed())
		answers = append(answers, a)
	}
	g.Expect(answers).To(HaveLen(7))
	g.Expect(answers[0].Cursor).NotTo(BeZero())
	g.Expect(answers[1].Stat.PID).To(Equal(os.Getpid()))
	g.Expect(answers[2].Error).To(ContainSubstring(ErrBound.Error()))
	g.Expect(answers[3].Error).To(BeEmpty())
	g.Expect(answers[4].Error).To(ContainSubstring(ErrNotSeen.Error()))
	g.Expect(answers[5].Error).To(ContainSubstring("empty"))
	g.Expect(answers[1].Gone).To(BeFalse())
	g.Expect(answers[5].Gone).To(BeFalse(), "an error is not the end of a process")
	g.Expect(answers[6].Gone).To(BeTrue())
	g.Expect(ServeHolder(t.Context(), bytes.NewBufferString("nonsense\n"), &out)).NotTo(Succeed())
}
