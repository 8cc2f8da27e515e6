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
)

// few bounds what a test takes from the machine's PIDs.
const few = 300

func TestBurnMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	before, err := Cursor()
	g.Expect(err).NotTo(HaveOccurred())
	// Other processes of the machine take PIDs too, so the place is passed rather than met at times: never more than wanted is burned.
	burned, err := Burn(t.Context(), before+100, few)
	if err != nil {
		g.Expect(err).To(MatchError(ErrPast))
	}
	g.Expect(burned).To(BeNumerically("<=", 100))
	g.Expect(burned).To(BeNumerically(">", 10))
	after, err := Cursor()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(after).To(BeNumerically(">=", before+100))
}

func TestBurnKeepsItsBoundAndItsContext(t *testing.T) {
	g := NewWithT(t)
	at, err := Cursor()
	g.Expect(err).NotTo(HaveOccurred())
	burned, err := Burn(t.Context(), at+10000, 20)
	g.Expect(err).To(MatchError(ErrBound))
	g.Expect(burned).To(BeNumerically("<=", 20))
	_, err = Burn(t.Context(), 1, few)
	g.Expect(err).To(MatchError(ErrPast))
	ended, end := context.WithCancel(t.Context())
	end()
	burned, err = Burn(ended, at+10000, few)
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(burned).To(BeZero())
}

func TestApproachNeverOvershoots(t *testing.T) {
	g := NewWithT(t)
	for gap := 1; gap < 10000; gap++ {
		step := approach(gap)
		g.Expect(step).To(And(BeNumerically(">=", 1), BeNumerically("<=", gap), BeNumerically("<=", chunk)))
	}
}

func TestReadAgreesWithTheKernelAboutOurselves(t *testing.T) {
	g := NewWithT(t)
	self, err := Read(os.Getpid())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(self.PID).To(Equal(os.Getpid()))
	g.Expect(self.PPID).To(Equal(os.Getppid()))
	g.Expect(self.StartTime).NotTo(BeZero())
	raw, err := rawRead(os.Getpid(), make([]byte, 4096))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(raw.StartTime).To(Equal(self.StartTime))
	g.Expect(leads(os.Getpid(), make([]byte, 4096))).To(BeTrue())
	_, err = Read(1 << 30)
	g.Expect(err).To(MatchError(os.ErrNotExist))
}

func TestParseStatTakesTheLastParenthesis(t *testing.T) {
	g := NewWithT(t)
	line := "4242 (a) R (b) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2\n"
	got, err := ParseStat([]byte(line))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got).To(Equal(Stat{PID: 4242, Comm: "a) R (b", State: "S", PPID: 7, StartTime: 987654}))
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("4242 (a) R (b) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2\n"))
	f.Add([]byte("1 () S"))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, line []byte) {
		got, err := ParseStat(line)
		if err == nil && got.State == "" {
			t.Errorf("a state is missing from %q and nobody says so", line)
		}
	})
}

func TestKeepAnswersEveryRequestInOrder(t *testing.T) {
	g := NewWithT(t)
	at, err := Cursor()
	g.Expect(err).NotTo(HaveOccurred())
	var in, out bytes.Buffer
	asks := json.NewEncoder(&in)
	for _, ask := range []Ask{
		{Stat: os.Getpid()},
		{Burn: &AskBurn{To: at + 100000, Bound: 1}},
		{Watch: &AskWatch{After: at + 100000, Within: 20}},
		{},
		{Stat: 1 << 30},
	} {
		g.Expect(asks.Encode(ask)).To(Succeed())
	}
	started := time.Now()
	g.Expect(Keep(t.Context(), &in, &out)).To(Succeed())
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
	g.Expect(Keep(t.Context(), bytes.NewBufferString("nonsense\n"), &out)).NotTo(Succeed())
}
