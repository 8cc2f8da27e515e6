package plan

import (
	"slices"
	"strings"

	"stalemate/fixtures"
	"stalemate/reports/record"
)

// withFresh adds to each prepared target the one that is not, which is its control.
func withFresh(targets []*fixtures.Target) (all []*fixtures.Target, freshOf map[*fixtures.Target]*fixtures.Target) {
	freshOf = map[*fixtures.Target]*fixtures.Target{}
	for _, t := range targets {
		all = append(all, t)
		if fresh := t.Fresh(); fresh != nil {
			freshOf[t] = fresh
			all = append(all, fresh)
		}
	}
	return all, freshOf
}

// pair names for each cell of a prepared target the same cell of the target that
// is not, and the other way round; and for each other cell that is expected never to
// end, the same cell of a target built from the same folder in which it must end, or one beside it.
func pair(cells []*Cell, freshOf map[*fixtures.Target]*fixtures.Target) {
	byAddress := map[string]*Cell{}
	for _, c := range cells {
		byAddress[c.Address] = c
	}
	for _, c := range cells {
		if fresh := freshOf[c.Target]; fresh != nil {
			name(c, byAddress[fresh.Name+c.within()])
		}
	}
	fresh := map[*fixtures.Target]bool{} // each is the control of one target alone
	for _, t := range freshOf {
		fresh[t] = true
	}
	for _, c := range cells {
		if c.Plan.Expect != record.Never || c.Plan.Canary || len(c.Plan.Controls) > 0 {
			continue
		}
		if c.Target.Control != "" {
			nameDeclared(c, byAddress)
			continue
		}
		i := slices.IndexFunc(cells, func(other *Cell) bool {
			return c.Target.Build != "" && other.Target.Build == c.Target.Build && !fresh[other.Target] &&
				other.within() == c.within() && other.Plan.Expect == record.Fired
		})
		if i >= 0 {
			name(c, cells[i])
			continue
		}
		nameBeside(c, cells)
	}
}

// nameBeside names as control a cell of the same listener at whose stage the server does let go: where it has
// the fault of itself, and no build of it is without, this shows that its timer works and which stage is to blame.
func nameBeside(c *Cell, cells []*Cell) {
	protocol, _, _ := strings.Cut(c.Stage.Name, ".")
	i := slices.IndexFunc(cells, func(other *Cell) bool {
		return other.Target == c.Target && other.Listener.Name == c.Listener.Name && other.Plan.Expect == record.Fired &&
			strings.HasPrefix(other.Stage.Name, protocol+".")
	})
	if i >= 0 {
		c.Plan.Controls = []string{cells[i].Address}
	}
}

// nameDeclared names the same cell of the target that the file declares as control. One
// that is not in the run is named as well: what it would prove is then not proven. One
// in which the server holds for ever of itself proves nothing, and is no control.
func nameDeclared(c *Cell, byAddress map[string]*Cell) {
	address := c.Target.Control + c.within()
	switch other := byAddress[address]; {
	case other == nil:
		c.Plan.Controls = []string{address}
	case other.Plan.Expect == record.Fired:
		name(c, other)
	}
}

// name makes two cells each other's control.
func name(a, b *Cell) {
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

// within is the cell's address without its target.
func (c *Cell) within() string { return strings.TrimPrefix(c.Address, c.Target.Name) }

// chosen says which cells are kept: those that match, the canaries, and the
// controls of what is kept, without which it would prove nothing.
func chosen(cells []*Cell, match func(string) bool) map[*Cell]bool {
	keep := map[*Cell]bool{}
	for _, c := range cells {
		keep[c] = c.Target.Canary != "" || match(c.Address)
	}
	for grown := true; grown; { // a control may have one too
		grown = false
		for _, c := range cells {
			for _, other := range cells {
				if keep[c] && c.needsControls() && !keep[other] && slices.Contains(c.Plan.Controls, other.Address) {
					keep[other], grown = true, true
				}
			}
		}
	}
	for _, c := range cells {
		if !c.needsControls() { // of the others no address of a cell that is not in the plan
			c.Plan.Controls = slices.DeleteFunc(c.Plan.Controls, func(address string) bool {
				return !slices.ContainsFunc(cells, func(o *Cell) bool { return o.Address == address && keep[o] })
			})
		}
	}
	return keep
}

// needsControls says whether the cell proves nothing without its controls, in the run or not.
func (c *Cell) needsControls() bool {
	return c.Scenario != nil || len(c.Target.Prepare) > 0 || c.Plan.Expect == record.Never && c.Target.Canary == ""
}

// nameFiles adds to the command that repeats a cell the files of its controls, and of theirs.
func nameFiles(cells []*Cell) {
	byAddress := map[string]*Cell{}
	for _, c := range cells {
		byAddress[c.Address] = c
	}
	more := map[*Cell][]string{} // first all, then the change: the flags of a control are no flags of the cell
	for _, c := range cells {
		for queue, seen := []*Cell{c}, map[*Cell]bool{c: true}; len(queue) > 0; queue = queue[1:] {
			at := queue[0]
			if !at.needsControls() {
				continue
			}
			for _, address := range at.Plan.Controls {
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

// restarted is the evidence whose opposite must be seen in a control.
const restarted = "restarted"

// inspectControls marks in each unit of a healthy target the cell that an inspection
// speaks for: where another target of the same folder is expected to hold for ever because
// SA_RESTART is set on SIGALRM, the same look must find that it is not set here.
func inspectControls(units []Unit) {
	spoilt := map[string]bool{} // build folders
	for _, u := range units {
		for _, c := range u.Cells {
			spoilt[c.Target.Build] = spoilt[c.Target.Build] || c.Rule.Evidence == restarted
		}
	}
	delete(spoilt, "")
	for i, u := range units {
		if !spoilt[u.Target.Build] || slices.ContainsFunc(u.Target.Limits, func(r fixtures.LimitRule) bool { return r.Evidence == restarted }) {
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
