package record_test

import (
	"fmt"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// runOf is the log of a whole run, or of a shard of it, on a machine whose clock is at zero. Each cell has one hold.
func runOf(zero int64, part *record.Shard, cells ...string) []record.Event {
	run := fmt.Sprintf("run-at-%d", zero)
	var events []record.Event
	add := func(after int64, e record.Event) {
		e.Run, e.T = run, zero+after
		events = append(events, e)
	}
	add(0, record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{Version: "1", Shard: part, Engine: map[string]string{"version": "20"}}})
	add(1, record.Event{Kind: record.Noticed, Note: "the same everywhere"})
	add(2, record.Event{Kind: record.BatchStarted, Batch: &record.Batch{Number: 1, Targets: 1, Holds: len(cells)}})
	cells = append(cells, "canary/web/http.headers/silent")
	for _, cell := range cells {
		target := cell[:slices.Index([]byte(cell), '/')]
		add(3, record.Event{Kind: record.CellPlanned, Target: target, Cell: cell, Plan: &record.Plan{Holds: 1, Expect: record.Fired, Canary: target == "canary"}})
		hold := cell + "#1"
		of := record.Event{Target: target, Pod: target, Cell: cell, Hold: hold}
		for i, kind := range []record.Kind{record.HoldConnected, record.HoldParked, record.HoldProven, record.WorkerFreed} {
			e := of
			e.Kind, e.HoldInfo = kind, &record.HoldInfo{PID: 7, Inode: 9, LastT: zero + 4}
			if kind == record.WorkerFreed {
				e.HoldInfo, e.Release = nil, &record.Release{By: record.ByFIN, LastT: zero + 4, EndT: zero + 2_000_000_000}
			}
			add(4+int64(i)*1_000_000_000, e)
		}
		verdict := &record.Judgement{Verdict: record.Fired, Status: record.Passed, Expect: record.Fired}
		if target == "canary" {
			add(5_000_000_000, record.Event{Kind: record.CanaryChecked, Target: target, Cell: cell, Verdict: verdict})
			continue
		}
		add(5_000_000_000, record.Event{Kind: record.CellJudged, Target: target, Cell: cell, Verdict: verdict})
	}
	add(6_000_000_000, record.Event{Kind: record.BatchEnded, Batch: &record.Batch{Number: 1}})
	add(7_000_000_000, record.Event{Kind: record.RunEnded, RunInfo: &record.RunInfo{}})
	return events
}

func part(number int) *record.Shard {
	return &record.Shard{Number: number, Count: 2, Cells: 4, Plan: "p"}
}

// Two shards, on machines whose clocks differ, are the whole run: each cell is the same, and so is the result.
func TestMergedShardsEqualTheWholeRun(t *testing.T) {
	g := NewWithT(t)
	whole := record.Summarise(runOf(1_000, nil, "a/web/x/silent", "b/web/x/silent", "c/web/x/silent"))
	g.Expect(whole.Exit()).To(BeZero(), "%v", whole.Problems)
	events, err := record.Merge([][]record.Event{
		runOf(77_000_000_000_000, part(2), "b/web/x/silent"), runOf(5_000, part(1), "a/web/x/silent", "c/web/x/silent")})
	g.Expect(err).NotTo(HaveOccurred())
	merged := record.Summarise(events)
	g.Expect(merged.Problems).To(BeEmpty())
	g.Expect(merged.Exit()).To(BeZero())
	g.Expect(merged.Notices).To(Equal([]string{"the same everywhere"}))
	g.Expect(merged.Batches).To(HaveLen(2))
	g.Expect(merged.Batches).To(HaveEach(HaveField("Ended", Not(BeNil()))))
	g.Expect(merged.Wall).To(Equal(whole.Wall))
	g.Expect([]int{merged.Tally.Canaries, merged.Tally.Caught}).To(Equal([]int{2, 2}), "each shard has its canaries")
	for _, target := range whole.Targets {
		at := slices.IndexFunc(merged.Targets, func(other *record.Target) bool { return other.Name == target.Name })
		g.Expect(at).To(BeNumerically(">=", 0), target.Name)
		g.Expect(merged.Targets[at].Cells()).To(Equal(target.Cells()), target.Name)
	}
}

func TestWhatIsNotAllShardsOfOnePlanIsNotMerged(t *testing.T) {
	one, two := runOf(1, part(1), "a/web/x/silent", "c/web/x/silent"), runOf(2, part(2), "b/web/x/silent")
	other := part(2)
	other.Plan = "q"
	for want, logs := range map[string][][]record.Event{
		"there is no log":                             nil,
		"log 1 is not of a shard":                     {runOf(1, nil, "a/web/x/silent")},
		"shard 2 of 2 is there 0 times":               {one},
		"shard 1 of 2 is there 2 times":               {one, one},
		"shard 2 of 2 is there 2 times":               {one, two, two},
		"shard 2 is of another run than shard":        {one, runOf(2, other, "b/web/x/silent")},
		"have 3 cells together, and their plan has 4": {one, runOf(2, part(2))},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := record.Merge(logs)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(want)))
		})
	}
}

// A shard that was cut off, or that failed, makes the whole run so.
func TestAMergedRunIsAsItsWorstShard(t *testing.T) {
	g := NewWithT(t)
	one, two := runOf(1, part(1), "a/web/x/silent", "c/web/x/silent"), runOf(2, part(2), "b/web/x/silent")
	events, err := record.Merge([][]record.Event{one, two[:len(two)-1]})
	g.Expect(err).NotTo(HaveOccurred())
	merged := record.Summarise(events)
	g.Expect(merged.Exit()).To(Equal(record.ExitInconclusive))
	g.Expect(merged.Problems).To(ContainElement(ContainSubstring("shard 2: its log has no end: the run was cut off")))

	for i, e := range two {
		if e.Kind == record.CanaryChecked {
			two[i].Verdict = &record.Judgement{Verdict: record.Inconclusive, Status: record.Unknown}
		}
	}
	events, err = record.Merge([][]record.Event{one, two})
	g.Expect(err).NotTo(HaveOccurred())
	merged = record.Summarise(events)
	g.Expect(merged.Exit()).To(Equal(record.ExitInconclusive))
	g.Expect(merged.Problems).To(ContainElement(ContainSubstring("the canary canary-shard-2/web/http.headers/silent was not caught")))
}
