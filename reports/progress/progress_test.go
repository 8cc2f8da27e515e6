package progress

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
)

// at is a moment of the run, in seconds.
func at(s float64) int64 { return 1e12 + int64(s*1e9) }

func TestLineFollowsTheRun(t *testing.T) {
	g := NewWithT(t)
	s := newState()
	g.Expect(s.line(at(0))).To(BeEmpty())
	limit := &record.Limit{Kind: record.Absolute, Seconds: 10, TooLate: 0.5}
	for _, e := range []record.Event{
		{T: at(0), Kind: record.RunStarted},
		{T: at(0), Kind: record.CellPlanned, Target: "a", Cell: "a/x", Plan: &record.Plan{Limit: limit, Expect: record.Fired, Cap: 25}},
		{T: at(0), Kind: record.CellPlanned, Target: "b", Cell: "b/x", Plan: &record.Plan{Expect: record.Never, Cap: 25}},
		{T: at(0), Kind: record.CellPlanned, Target: "c", Cell: "c/x", Plan: &record.Plan{}},
	} {
		s.add(e)
	}
	g.Expect(s.line(at(3))).To(Equal("  3 s  preparing images, 0 of 3 ready: a; judged 0 of 3 cells"))
	s.add(record.Event{Kind: record.ImageReady, Target: "a"})
	g.Expect(s.line(at(3))).To(ContainSubstring("preparing images, 1 of 3 ready: b"))
	s.add(record.Event{Kind: record.ImageReady, Target: "b"})
	s.add(record.Event{Kind: record.ImageFailed, Target: "c", Note: "not in any registry"})
	s.add(record.Event{Kind: record.PodStarted, Target: "a"})
	g.Expect(s.line(at(4))).To(ContainSubstring("starting 1 of 2 pods"))
	s.add(record.Event{Kind: record.PodStarted, Target: "b"})
	s.add(record.Event{Kind: record.HoldParked, T: at(5), Cell: "a/x", Hold: "a/x#1"})
	s.add(record.Event{Kind: record.HoldParked, T: at(5), Cell: "b/x", Hold: "b/x#1"})
	g.Expect(s.line(at(10))).To(Equal(" 10 s  holding 2 connections, the longest for another 20 s: b/x; judged 0 of 3 cells"))
	s.add(record.Event{Kind: record.HoldReleased, Cell: "b/x", Hold: "b/x#1"})
	g.Expect(s.line(at(10))).To(ContainSubstring("holding 1 connection, the longest for another 6 s: a/x"))
	g.Expect(s.line(at(20))).To(ContainSubstring("holding 1 connection, 4 s longer than planned: a/x"))
	s.add(record.Event{Kind: record.HoldReleased, Cell: "a/x", Hold: "a/x#1"})
	s.add(record.Event{Kind: record.CellJudged, Cell: "a/x"})
	s.add(record.Event{Kind: record.ForceAttempt, Target: "a", Force: &record.Force{Wanted: 4242, Attempt: 2}})
	g.Expect(s.line(at(21))).To(Equal(" 21 s  starting a with PID 4242, attempt 2; judged 1 of 3 cells"))
	s.add(record.Event{Kind: record.RunEnded})
	g.Expect(s.line(at(22))).To(BeEmpty())
}

func TestNothingThatABuildSaysMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	s := newState()
	s.add(record.Event{T: at(0), Kind: record.CellPlanned, Target: "a", Cell: "a/x", Plan: &record.Plan{}})
	s.add(record.Event{T: at(0), Kind: record.Observed, Note: "Step 1\x1b[2J\nPASS"})
	g.Expect(s.line(at(3))).To(Equal("  3 s  preparing images, 0 of 1 ready: a; Step 1 [2J PASS; judged 0 of 1 cells"))
}

// screen is a writer that can be read while it is written to.
type screen struct {
	mu   sync.Mutex
	held bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held.String()
}

func TestTerminalRewritesOneLineAndLeavesNone(t *testing.T) {
	g := NewWithT(t)
	log := record.NewLog(io.Discard, "r", nil)
	out := &screen{}
	p := Start(log, out, Options{Width: 30, Every: time.Millisecond})
	g.Expect(log.Write(record.Event{Kind: record.RunStarted})).To(Succeed())
	g.Expect(log.Write(record.Event{Kind: record.CellPlanned, Target: "a", Cell: "a/x", Plan: &record.Plan{}})).To(Succeed())
	g.Eventually(out.String).Should(ContainSubstring("preparing images"))
	p.Stop()
	p.Stop()
	drawn := out.String()
	g.Expect(drawn).NotTo(ContainSubstring("\n"))
	g.Expect(drawn).To(HaveSuffix("\r\x1b[K"))
	for _, row := range strings.Split(drawn, "\r\x1b[K") {
		g.Expect(len(row)).To(BeNumerically("<", 30))
	}
	g.Expect(log.Write(record.Event{Kind: record.CellJudged, Cell: "a/x"})).To(Succeed())
	g.Consistently(out.String, "20ms").Should(Equal(drawn), "nothing is written after Stop")
}

func TestOtherwiseWholeLinesNoOftenerThanAsked(t *testing.T) {
	g := NewWithT(t)
	log := record.NewLog(io.Discard, "r", nil)
	out := &screen{}
	p := Start(log, out, Options{Every: 20 * time.Millisecond})
	g.Expect(log.Write(record.Event{Kind: record.RunStarted})).To(Succeed())
	g.Eventually(out.String).Should(HaveSuffix("\n"))
	for range 50 {
		g.Expect(log.Write(record.Event{Kind: record.CellPlanned, Target: "a", Cell: "a/x", Plan: &record.Plan{}})).To(Succeed())
	}
	g.Eventually(out.String).Should(ContainSubstring("of 50"))
	p.Stop()
	g.Expect(strings.Count(out.String(), "\n")).To(BeNumerically("<", 10))
	g.Expect(out.String()).NotTo(ContainSubstring("\x1b"))
	g.Expect(Options{}.Every).To(BeZero())
	g.Expect(LineEvery).To(Equal(5 * time.Second))
}
