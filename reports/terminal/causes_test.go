package terminal

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// ran is the summary of a run in which each cell of a target was judged with a message of its own. Its pods failed for these reasons.
func ran(stopped string, why func(cell int) string, pods ...string) record.Summary {
	events := []record.Event{{Run: "r", T: 1, Kind: record.RunStarted, RunInfo: &record.RunInfo{}}}
	for i := range 51 {
		address := fmt.Sprintf("nginx/web/stage-%d/silent", i)
		events = append(events, record.Event{Run: "r", T: 2, Kind: record.CellPlanned, Target: "nginx", Cell: address, Plan: &record.Plan{Suite: "timeouts", File: "nginx.yaml"}},
			record.Event{Run: "r", T: 3, Kind: record.CellJudged, Target: "nginx", Cell: address,
				Verdict: &record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown, Message: "inconclusive: " + why(i)}})
	}
	for i, pod := range pods {
		events = append(events, record.Event{Run: "r", T: 3, Kind: record.PodFailed, Target: "nginx", Pod: fmt.Sprint("nginx-", i), Note: pod})
	}
	return record.Summarise(append(events, record.Event{Run: "r", T: 12e9 + 1, Kind: record.RunEnded, RunInfo: &record.RunInfo{Stopped: stopped}}))
}

func TestAMissingImageIsToldOnce(t *testing.T) {
	g := NewWithT(t)
	const missing = "image nginx:99 is not in the engine and cannot be pulled"
	start := "start target nginx: image of target nginx: " + missing
	page := drawn(t, ran("", func(cell int) string {
		if cell == 50 {
			return "pod nginx-1: " + start // of the cell that asks when the holds are over
		}
		return start
	}, start, start, start), Options{Width: 100})
	g.Expect(strings.Count(page, "cannot be pulled")).To(Equal(1), page)
	g.Expect(page).To(HavePrefix("inconclusive  51 cells of nginx\n    because  " + missing + "\n    cells    all\n    again    stalemate check -f nginx.yaml\n"))
}

func TestCausesThatDifferAreToldEach(t *testing.T) {
	g := NewWithT(t)
	page := drawn(t, ran("", func(cell int) string { return []string{"the port is closed", "the disk is full"}[cell%2] }, "the disk is full"), Options{Width: 100})
	g.Expect(page).To(And(ContainSubstring("26 cells of nginx\n    because  the port is closed\n"), ContainSubstring("25 cells of nginx\n    because  the disk is full\n")))
	g.Expect(page).To(And(ContainSubstring("nginx/web/stage-0/silent"), MatchRegexp(`and 14\s+more`), ContainSubstring("--only nginx/web/stage-0/silent\n")))
	g.Expect(strings.Count(page, "the disk is full")).To(Equal(1), "the pod's problem is the cells' cause")
}

func TestPodsThatWaitedAtOtherAddressesHaveOneCause(t *testing.T) {
	g := NewWithT(t)
	refused := func(cell int) string {
		return fmt.Sprintf("not ready: dial 10.213.0.%d:8080: connection refused (asked %d times)", cell%2, 190+cell%3)
	}
	page := drawn(t, ran("", refused, refused(0), refused(1)), Options{Width: 100})
	g.Expect(strings.Count(page, "connection refused")).To(Equal(1), page)
}

// What a cell measured itself is never told together with others.
func TestACellWithMeasurementsStandsForItself(t *testing.T) {
	g := NewWithT(t)
	released := 3.0
	s := ran("", func(int) string { return "the machine stalled" })
	for _, cell := range s.Cells()[:2] {
		cell.Judgement.Holds = []record.HoldResult{{Released: &released, By: record.ByFIN}}
	}
	page := drawn(t, s, Options{Width: 100})
	g.Expect(page).To(And(ContainSubstring("inconclusive  nginx/web/stage-0/silent\n"), ContainSubstring("inconclusive  nginx/web/stage-1/silent\n"), ContainSubstring("49 cells of nginx\n")))
}

func TestInterruptedSaysInterrupted(t *testing.T) {
	g := NewWithT(t)
	page := drawn(t, ran("interrupted", func(int) string { return "interrupted before this cell was judged" },
		"inspect container 1f2e: interrupted", "start pod: context canceled"), Options{Width: 100})
	g.Expect(page).To(ContainSubstring("\nINCONCLUSIVE (interrupted)  51 cells: "))
	g.Expect(page).NotTo(Or(ContainSubstring("context canceled"), ContainSubstring("inspect container")), "the interruption is a problem of its own")
	g.Expect(strings.Count(page, "interrupted before")).To(Equal(1))
}
