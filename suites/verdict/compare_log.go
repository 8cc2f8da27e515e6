package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Outcomes judges a whole log that compares two builds: it gives the events of the builds and of the cells that the log
// lacks. A comparison writes these events during its run. An older log, or the log of a killed run, lacks some or all. The baseline is in the same run, or in the run of an earlier log that Saved picked from.
func Outcomes(events []record.Event) []record.Event {
	runs := record.Runs(events)
	at := slices.IndexFunc(runs, record.Compares)
	if at < 0 {
		return nil
	}
	run := runs[at]
	own := record.Summarise(run)
	candidate, baseline := sideOf(own, record.Candidate), sideOf(own, record.Baseline)
	if len(baseline.cells) == 0 {
		baseline = savedSide(summaryOfOther(runs, at))
	}
	builds, compared := map[record.Side]bool{}, map[string]bool{}
	for _, e := range run {
		switch {
		case e.Build != nil:
			builds[e.Build.Side] = true
		case e.Compared != nil:
			compared[e.Compared.Cell] = true
		}
	}
	var missing []record.Event
	add := func(e record.Event) {
		e.Run, e.T = run[0].Run, run[len(run)-1].T
		missing = append(missing, e)
	}
	for _, build := range []record.Build{baseline.build, candidate.build} {
		if !builds[build.Side] {
			add(record.Event{Kind: record.BuildCompared, Build: &build})
		}
	}
	before, after := cellsByName(baseline.cells), cellsByName(candidate.cells)
	for _, name := range names(candidate.cells, baseline.cells) {
		if !compared[name] {
			outcome := Compare(name, before[name], after[name], own.FailOn)
			add(record.Event{Kind: record.CellCompared, Compared: &outcome})
		}
	}
	return missing
}

// summaryOfOther is the summary of the saved run in a comparison's log.
func summaryOfOther(runs [][]record.Event, own int) record.Summary {
	for i, run := range slices.Backward(runs) {
		if i != own {
			return record.Summarise(run)
		}
	}
	return record.Summary{}
}

// SavedCells are the baseline's cells in the events that Saved picked.
func SavedCells(saved []record.Event) []*record.Cell { return savedSide(record.Summarise(saved)).cells }

// side is one of the two builds, with its cells.
type side struct {
	build record.Build
	cells []*record.Cell
}

// savedSide is the baseline of a saved run: of an earlier comparison, or of a check.
func savedSide(s record.Summary) side {
	out := sideOf(s, record.Baseline)
	if len(out.cells) == 0 {
		out = sideOf(s, "")
	}
	out.build.Side, out.build.Saved, out.build.Problems = record.Baseline, s.Run, s.Problems
	return out
}

// sideOf gathers one side of a run; the side "" is that of a check.
func sideOf(s record.Summary, which record.Side) side {
	out := side{build: record.Build{Side: which}}
	b := &out.build
	for _, target := range s.Targets {
		mine := false
		for _, cell := range target.Cells() {
			if cell.Plan.Side == which && !cell.Plan.Canary {
				mine = true
				out.cells = append(out.cells, cell)
				b.File, b.Overrides = cell.Plan.File, cell.Plan.Overrides
				b.Target = strings.TrimSuffix(target.Name, fmt.Sprintf(".%s-%d", which, cell.Plan.Repeat))
			}
		}
		if !mine {
			continue
		}
		for _, image := range target.Images {
			if image.Service == "" && !slices.ContainsFunc(b.Images, func(other record.Image) bool { return other.ID == image.ID }) {
				b.Images = append(b.Images, image)
			}
		}
	}
	return out
}

func hasSide(s record.Summary, which record.Side) bool {
	return slices.ContainsFunc(s.Cells(), func(c *record.Cell) bool { return c.Plan.Side == which })
}

// cellsByName groups the repeats of each cell.
func cellsByName(cells []*record.Cell) map[string][]*record.Cell {
	all := map[string][]*record.Cell{}
	for _, cell := range cells {
		all[cell.Within()] = append(all[cell.Within()], cell)
	}
	return all
}

// names are those of all cells, without repetition, in their order.
func names(sides ...[]*record.Cell) []string {
	var all []string
	seen := map[string]bool{}
	for _, cells := range sides {
		for _, cell := range cells {
			if name := cell.Within(); !seen[name] {
				seen[name] = true
				all = append(all, name)
			}
		}
	}
	return all
}
