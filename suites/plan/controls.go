package plan

import (
	"slices"
	"strings"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// addUnprepared adds the control of each target with prepare steps: the same target without them.
func addUnprepared(targets []*target.Target) (all []*target.Target, unprepared map[*target.Target]*target.Target) {
	unprepared = map[*target.Target]*target.Target{}
	for _, t := range targets {
		all = append(all, t)
		if fresh := t.Fresh(); fresh != nil {
			unprepared[t] = fresh
			all = append(all, fresh)
		}
	}
	return all, unprepared
}

// nameControls names the controls of the cells. A cell of a prepared target and the same cell of the unprepared target are each
// other's controls. Any other cell that is expected to hang or to crash has as control, in this order: the same cell of the control that its
// file declares, the same cell of a target from the same build folder where the limit fires, or another stage of the server.
func nameControls(cells []*Cell, unprepared map[*target.Target]*target.Target) {
	byAddress := map[string]*Cell{}
	for _, c := range cells {
		byAddress[c.Address] = c
	}
	for _, c := range cells {
		if control := unprepared[c.Target]; control != nil && !c.After {
			pairControls(c, byAddress[control.Name+c.withoutTarget()])
		}
	}
	reserved := map[*target.Target]bool{} // unprepared targets are controls of one target only
	for _, t := range unprepared {
		reserved[t] = true
	}
	for _, c := range cells {
		if !c.Plan.Expect.KnownBad() || c.Plan.Canary || len(c.Plan.Controls) > 0 {
			continue
		}
		if c.Target.Control != "" {
			useDeclaredControl(c, byAddress)
			continue
		}
		i := slices.IndexFunc(cells, func(other *Cell) bool {
			return c.Target.Build != "" && other.Target.Build == c.Target.Build && !reserved[other.Target] &&
				other.withoutTarget() == c.withoutTarget() && other.Plan.Expect == record.Fired
		})
		if i >= 0 {
			pairControls(c, cells[i])
			continue
		}
		useOtherStageAsControl(c, cells)
	}
}

// useOtherStageAsControl names as control a cell of the same listener where the limit fires. It serves for a server whose fault is
// in every build: it shows that the server's timer works, and that the fault is in the stage.
func useOtherStageAsControl(c *Cell, cells []*Cell) {
	protocol, _, _ := strings.Cut(c.Stage.Name, ".")
	i := slices.IndexFunc(cells, func(other *Cell) bool {
		return other.Target == c.Target && other.Listener.Name == c.Listener.Name && other.Plan.Expect == record.Fired &&
			strings.HasPrefix(other.Stage.Name, protocol+".")
	})
	if i >= 0 {
		c.Plan.Controls = []string{cells[i].Address}
	}
}

// useDeclaredControl names as control the same cell of the target that the file declares. A control that is not in the run is
// named as well, so that the cell is inconclusive without it. A cell where that target is bad too is no control.
func useDeclaredControl(c *Cell, byAddress map[string]*Cell) {
	address := c.Target.Control + c.withoutTarget()
	switch other := byAddress[address]; {
	case other == nil:
		c.Plan.Controls = []string{address}
	case other.Plan.Expect == record.Fired:
		pairControls(c, other)
	}
}

// pairControls makes two cells each other's controls. Either may be nil.
func pairControls(a, b *Cell) {
	if a == nil || b == nil {
		return
	}
	if !slices.Contains(a.Plan.Controls, b.Address) {
		a.Plan.Controls = append(a.Plan.Controls, b.Address)
	}
	if !slices.Contains(b.Plan.Controls, a.Address) {
		b.Plan.Controls = append(b.Plan.Controls, a.Address)
	}
}

// withoutTarget is the cell's address without the target, with the slash.
func (c *Cell) withoutTarget() string { return strings.TrimPrefix(c.Address, c.Target.Name) }

// keptCells are the cells that match, the canaries, and the cells without which these prove nothing. It removes addresses
// of other cells from the controls of a cell that does not need them.
func keptCells(cells []*Cell, match func(string) bool) map[*Cell]bool {
	keep := map[*Cell]bool{}
	for _, c := range cells {
		keep[c] = c.Target.Canary != "" || match(c.Address)
	}
	withHolds(cells, keep)
	keepNeeded(cells, keep, match)
	kept := map[string]bool{}
	for _, c := range cells {
		kept[c.Address] = kept[c.Address] || keep[c]
	}
	for _, c := range cells {
		if !c.needsControls() {
			c.Plan.Controls = slices.DeleteFunc(c.Plan.Controls, func(address string) bool { return !kept[address] })
		}
	}
	return keep
}

// keepNeeded adds the cells without which the kept ones prove nothing. It looks at each cell once: a file can have thousands.
func keepNeeded(cells []*Cell, keep map[*Cell]bool, match func(string) bool) {
	byAddress := map[string][]*Cell{}
	earlier := map[*target.Target][]*Cell{} // those that a cell in mode later comes after
	var queue []*Cell
	for _, c := range cells {
		byAddress[c.Address] = append(byAddress[c.Address], c)
		if c.isHeld() && !slices.Contains(perLimit(), c.Mode) {
			earlier[c.Target] = append(earlier[c.Target], c)
		}
		if keep[c] {
			queue = append(queue, c)
		}
	}
	add := func(all []*Cell) {
		for _, c := range all {
			if !keep[c] {
				keep[c] = true
				queue = append(queue, c) // a control may need controls too
			}
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		c := queue[0]
		if c.needsControls() {
			for _, address := range c.Plan.Controls {
				add(byAddress[address])
			}
		}
		if c.comesAfterAll(match) {
			add(earlier[c.Target])
			delete(earlier, c.Target) // all of them are kept now
		}
	}
}

// comesAfterAll says whether the cell proves nothing without all cells that are held before it, because it is later. Where the
// silent cell of its stage is selected too, the selected cells are the earlier ones. Else the cell was selected by itself.
func (c *Cell) comesAfterAll(match func(string) bool) bool {
	return c.Mode == record.Later && !match(target.SilentAddress(c.Address))
}

// needsControls says whether the cell proves nothing without its controls.
func (c *Cell) needsControls() bool {
	return c.Scenario != nil || len(c.Target.Prepare) > 0 || c.Plan.Expect.KnownBad() && c.Target.Canary == ""
}

// addControlFiles adds the files of a cell's controls, and of their controls, to the command that repeats the cell.
func addControlFiles(cells []*Cell) {
	byAddress := map[string]*Cell{}
	for _, c := range cells {
		byAddress[c.Address] = c
	}
	more := map[*Cell][]string{} // added at the end: a cell must not get the flags that its controls were given here
	for _, c := range cells {
		for queue, seen := []*Cell{c}, map[*Cell]bool{c: true}; len(queue) > 0; queue = queue[1:] {
			cell := queue[0]
			if !cell.needsControls() {
				continue
			}
			for _, address := range cell.Plan.Controls {
				other := byAddress[address]
				if other == nil || seen[other] {
					continue
				}
				seen[other] = true
				queue = append(queue, other)
				if file := other.Target.File; file != c.Target.File && !slices.Contains(more[c], file) {
					more[c] = append(more[c], "-f", file)
				}
			}
		}
	}
	for c, flags := range more {
		c.Plan.Overrides = slices.Concat(flags, c.Plan.Overrides)
	}
}

// restarted is evidence that an autopsy finds in a hanging worker, and must not find in a healthy one.
const restarted = "restarted"

// inspectControls selects the cell of each healthy unit whose worker is inspected. It does so where another target from the same
// build folder is expected to hang because SA_RESTART is set on SIGALRM: the healthy worker must not have it set.
func inspectControls(units []Unit) {
	restartedBuilds := map[string]bool{} // build folders
	for _, u := range units {
		for _, c := range u.Cells {
			restartedBuilds[c.Target.Build] = restartedBuilds[c.Target.Build] || c.Rule.Evidence == restarted
		}
	}
	delete(restartedBuilds, "")
	for i, u := range units {
		if !restartedBuilds[u.Target.Build] || slices.ContainsFunc(u.Target.Limits, func(r target.LimitRule) bool { return r.Evidence == restarted }) {
			continue
		}
		for _, c := range u.Cells {
			if u.Suite == TimeoutSuite && c.Mode == record.Silent && c.Plan.Limit != nil && c.Plan.Expect == record.Fired {
				units[i].Inspect = c
				break
			}
		}
	}
}
