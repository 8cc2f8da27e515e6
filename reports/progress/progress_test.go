package progress

import (
	"bytes"
	"fmt"
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
	shown := func(seconds float64) string { line, _ := s.line(at(seconds)); return line }
	g.Expect(shown(0)).To(BeEmpty())
	limit := &record.Limit{Kind: record.Absolute, Seconds: 10, TooLate: 0.5}
	for _, e := range []record.Event{
		{T: at(0), Kind: record.RunStarted},
		{T: at(0), Kind: record.CellPlanned, Target: "a", Cell: "a/x", Plan: &record.Plan{Limit: limit, Expect: record.Fired, Cap: 25}},
		{T: at(0), Kind: record.CellPlanned, Target: "b", Cell: "b/x", Plan: &record.Plan{Expect: record.Never, Cap: 25}},
		{T: at(0), Kind: record.CellPlanned, Target: "c", Cell: "c/x", Plan: &record.Plan{}},
	} {
		s.add(e)
	}
	g.Expect(shown(3)).To(Equal("  3 s  preparing images, 0 of 3 ready: a"))
	s.add(record.Event{Kind: record.ImageReady, Target: "a"})
	g.Expect(shown(3)).To(ContainSubstring("preparing images, 1 of 3 ready: b"))
	s.add(record.Event{Kind: record.ImageReady, Target: "b"})
	s.add(record.Event{Kind: record.ImageFailed, Target: "c", Note: "not in any registry"})
	s.add(record.Event{Kind: record.PodStarted, Target: "a"})
	g.Expect(shown(4)).To(ContainSubstring("starting 1 of 2 pods"))
	s.add(record.Event{Kind: record.PodStarted, Target: "b"})
	s.add(record.Event{Kind: record.HoldParked, T: at(5), Cell: "a/x", Hold: "a/x#1"})
	s.add(record.Event{Kind: record.HoldParked, T: at(5), Cell: "b/x", Hold: "b/x#1"})
	g.Expect(shown(10)).To(Equal(" 10 s  holding 2 connections, up to 20 s more: b/x"))
	s.add(record.Event{Kind: record.HoldReleased, Cell: "b/x", Hold: "b/x#1"})
	g.Expect(shown(10)).To(ContainSubstring("holding 1 connection, up to 6 s more: a/x"))
	g.Expect(shown(20)).To(ContainSubstring("holding 1 connection, 4 s longer than planned: a/x"))
	s.add(record.Event{Kind: record.HoldReleased, Cell: "a/x", Hold: "a/x#1"})
	s.add(record.Event{Kind: record.CellJudged, Cell: "a/x"})
	s.add(record.Event{Kind: record.ForceAttempt, Target: "a", Force: &record.Force{Wanted: 4242, Attempt: 2}})
	g.Expect(shown(21)).To(Equal(" 21 s  judged 1 of 3 cells; starting a with PID 4242, attempt 2"))
	s.add(record.Event{Kind: record.RunEnded})
	g.Expect(shown(22)).To(BeEmpty())
}

func TestNothingThatABuildSaysMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	s := newState()
	s.add(record.Event{T: at(0), Kind: record.CellPlanned, Target: "a", Cell: "a/x", Plan: &record.Plan{}})
	s.add(record.Event{T: at(0), Kind: record.Observed, Note: "Step 1\x1b[2J\nPASS"})
	line, _ := s.line(at(3))
	g.Expect(line).To(Equal("  3 s  preparing images, 0 of 1 ready: a; Step 1 [2J PASS"))
}

func TestTheLineSaysWhatTheRunWaitsFor(t *testing.T) {
	g := NewWithT(t)
	s := newState()
	shown := func(seconds float64) string { line, _ := s.line(at(seconds)); return line }
	for _, name := range []string{"shop", "edge"} {
		s.add(record.Event{T: at(0), Kind: record.CellPlanned, Target: name, Cell: name + "/web/http.body/silent", Plan: &record.Plan{}})
		s.add(record.Event{Kind: record.ImageReady, Target: name})
		s.add(record.Event{Kind: record.PodStarted, Target: name, Pod: name})
	}
	s.add(record.Event{T: at(4), Kind: record.TargetNotReady, Target: "shop", Pod: "shop", Note: "connection refused"})
	g.Expect(shown(16)).To(Equal(" 16 s  shop: not ready yet, connection refused, 12 s"))
	s.add(record.Event{T: at(17), Kind: record.TargetNotReady, Target: "edge", Pod: "edge", Note: "status 503"})
	s.add(record.Event{T: at(17), Kind: record.TargetNotReady, Target: "shop", Pod: "shop", Note: "status 502"})
	g.Expect(shown(18)).To(Equal(" 18 s  shop and 1 more: not ready yet, status 502, 14 s"))
	s.add(record.Event{T: at(19), Kind: record.IncarnationReady, Target: "shop", Pod: "shop"})
	g.Expect(shown(20)).To(Equal(" 20 s  edge: not ready yet, status 503, 3 s"))
	s.add(record.Event{T: at(21), Kind: record.PodFailed, Target: "edge", Pod: "edge"})
	s.add(record.Event{T: at(21), Kind: record.CellJudged, Target: "edge", Cell: "edge/web/http.body/silent"})
	g.Expect(shown(22)).To(Equal(" 22 s  judged 1 of 2 cells; working on shop/web/http.body/silent"))
	s.add(record.Event{T: at(21), Kind: record.CellJudged, Target: "shop", Cell: "shop/web/http.body/silent"})
	g.Expect(shown(23)).To(Equal(" 23 s  judged 2 of 2 cells; removing the pods"))
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
	for i := range 50 {
		g.Expect(log.Write(record.Event{Kind: record.CellPlanned, Target: "a", Cell: fmt.Sprint("a/x", i), Plan: &record.Plan{}})).To(Succeed())
	}
	g.Eventually(out.String).Should(ContainSubstring("preparing images"))
	for range 50 {
		g.Expect(log.Write(record.Event{Kind: record.Observed, Note: "Step"})).To(Succeed())
	}
	before := strings.Count(out.String(), "\n")
	g.Expect(before).To(BeNumerically("<", 5))
	g.Consistently(func() int { return strings.Count(out.String(), "\n") }, "200ms").Should(BeNumerically("<=", before+1), "nothing is new")
	g.Expect(log.Write(record.Event{Kind: record.ImageReady, Target: "a"})).To(Succeed())
	g.Eventually(out.String).Should(ContainSubstring("starting 0 of 1 pods"), "on change")
	p.Stop()
	for row := range strings.Lines(out.String()) {
		g.Expect(len(strings.TrimRight(row, "\n"))).To(BeNumerically("<=", 80))
	}
	g.Expect(out.String()).NotTo(ContainSubstring("\x1b"))
	g.Expect(Options{}.Every).To(BeZero())
	g.Expect([]time.Duration{LineEvery, AgainEvery}).To(Equal([]time.Duration{5 * time.Second, time.Minute}))
}
