package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Side is one of the two builds.
type Side struct {
	Target string         `json:"target"` // its name in its file
	File   string         `json:"file,omitempty"`
	Images []record.Image `json:"images,omitempty"`
	Saved  string         `json:"saved_run,omitempty"` // the earlier run that it is from

	cells     []*record.Cell
	overrides []string // flags that changed the target's file
}

// samples collects the cells of a side by name.
func (s Side) samples() (map[string]*Sample, []string) {
	all := map[string]*Sample{}
	var names []string
	for _, cell := range s.cells {
		name := strings.TrimPrefix(cell.Address, cell.Target+"/")
		if all[name] == nil {
			all[name] = &Sample{}
			names = append(names, name)
		}
		all[name].add(cell)
	}
	return all, names
}

// FromLog draws the comparison of a log. The baseline is in the same run, or in the
// run of an earlier log that was copied into this one by Saved.
func FromLog(events []record.Event) (Comparison, error) {
	var own, saved record.Summary
	for _, run := range record.Runs(events) {
		s := record.Summarise(run)
		if hasSide(s, record.Candidate) {
			own = s
		} else {
			saved = s
		}
	}
	if own.Run == "" {
		return Comparison{}, errors.New("the log holds no comparison: `stalemate compare` writes one")
	}
	c := Comparison{Run: own.Run, Version: own.Version, Command: own.Command, UnixTime: own.UnixTime, Engine: own.Engine,
		Versions: own.Versions, Wall: own.Wall, FailOn: own.FailOn, Notices: own.Notices, Problems: own.Problems}
	c.Candidate = sideOf(own, record.Candidate)
	c.Baseline = sideOf(own, record.Baseline)
	if len(c.Baseline.cells) == 0 {
		c.Baseline = sideOf(saved, record.Baseline)
		if len(c.Baseline.cells) == 0 {
			c.Baseline = sideOf(saved, "")
		}
		c.Baseline.Saved = saved.Run
		for _, problem := range saved.Problems {
			c.Problems = append(c.Problems, fmt.Sprintf("saved run %s: %s", saved.Run, problem))
		}
	}
	c.Cells = compare(c.Baseline, c.Candidate)
	return c, nil
}

// IsComparison tells whether a log is that of a comparison.
func IsComparison(events []record.Event) bool {
	return slices.ContainsFunc(events, func(e record.Event) bool { return e.Plan != nil && e.Plan.Side == record.Candidate })
}

func hasSide(s record.Summary, side record.Side) bool {
	return slices.ContainsFunc(s.Cells(), func(c *record.Cell) bool { return c.Plan.Side == side })
}

// sideOf gathers one side of a run; the side "" is that of a check.
func sideOf(s record.Summary, side record.Side) Side {
	var out Side
	for _, target := range s.Targets {
		mine := false
		for _, cell := range target.Cells() {
			if cell.Plan.Side == side && !cell.Plan.Canary {
				mine = true
				out.cells = append(out.cells, cell)
				out.File, out.overrides = cell.Plan.File, cell.Plan.Overrides
				out.Target = strings.TrimSuffix(target.Name, fmt.Sprintf(".%s-%d", side, cell.Plan.Repeat))
			}
		}
		if !mine {
			continue
		}
		for _, image := range target.Images {
			if image.Service == "" && !slices.ContainsFunc(out.Images, func(other record.Image) bool { return other.ID == image.ID }) {
				out.Images = append(out.Images, image)
			}
		}
	}
	return out
}
