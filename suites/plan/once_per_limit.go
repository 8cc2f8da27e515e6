package plan

import (
	"slices"
	"time"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// longestLater is the longest limit for which every run has a hold in mode later: it makes the run longer by that limit.
const longestLater = 15 * time.Second

// perLimit are the modes that have one cell for each limit of a listener, and not for each stage.
func perLimit() []record.Mode { return []record.Mode{record.Alone, record.Later} }

// limitKey tells the limits of a listener apart.
type limitKey struct {
	listener  string
	kind      record.LimitKind
	seconds   float64
	directive string
	expect    record.Verdict
	reason    string // of a limit that the file declares for this mode alone
}

func keyOf(c *Cell) limitKey {
	key := limitKey{listener: c.Listener.Name, expect: c.Plan.Expect, reason: c.Plan.Reason}
	if l := c.Plan.Limit; l != nil {
		key.kind, key.seconds, key.directive = l.Kind, l.Seconds, l.By
	}
	return key
}

// oncePerLimit plans one cell in this mode for each limit of each listener. A canary has none, because what it shows is the same in
// every mode. A prepared target has none: the same target without prepare steps has them.
func oncePerLimit(t *target.Target, mode record.Mode, largest time.Duration) []*Cell {
	if t.Canary != "" || len(t.Prepare) > 0 {
		return nil
	}
	var cells []*Cell
	first, elsewhere := map[limitKey]int{}, map[limitKey]bool{}
	for _, l := range t.Listeners {
		if !hasPerLimit(l, mode) {
			continue
		}
		for _, s := range stagesOf(t, l) {
			c, ok := newCell(t, l, s, mode, largest)
			if !ok || !testedPerLimit(c) {
				continue
			}
			key := keyOf(c)
			if i, known := first[key]; known {
				// The kernel may keep a connection that has sent nothing from the server. Any other stage shows more.
				if cells[i].Stage.Name == stages.TCPConnected {
					c.thorough, cells[i] = cells[i].thorough, c
				}
				continue
			}
			anywhere := key
			anywhere.listener = ""
			switch mode {
			case record.Alone: // each costs a pod, and a server has the same timers behind all listeners
				c.thorough = elsewhere[anywhere]
			case record.Later:
				c.thorough = c.Plan.Limit != nil && duration(c.Plan.Limit.Seconds) > longestLater
			}
			first[key], elsewhere[anywhere] = len(cells), true
			cells = append(cells, c)
		}
	}
	return cells
}

// hasPerLimit says whether a listener has cells in such a mode. A later hold needs earlier ones.
func hasPerLimit(l target.Listener, mode record.Mode) bool {
	return len(l.Modes) == 0 || slices.Contains(l.Modes, mode) && (mode != record.Later || slices.Contains(l.Modes, record.Silent))
}

// testedPerLimit says whether the cell's limit is one that has to end the hold, or one that the file declares for this mode.
func testedPerLimit(c *Cell) bool {
	l := c.Plan.Limit
	return l != nil && l.Kind != record.AtLeast && c.Plan.Expect == record.Fired ||
		c.Rule.PicksExactly(c.Address) && !c.Rule.PicksExactly(target.SilentAddress(c.Address))
}

// addressesForPatterns are the addresses that a pattern may match. Some of them may have no cell: a limit has a cell in a mode
// such as alone at one of its stages.
func addressesForPatterns(t *target.Target) []string {
	all := Addresses(t)
	if len(all) == 0 {
		return nil
	}
	for _, l := range t.Listeners {
		for _, s := range stagesOf(t, l) {
			for _, m := range perLimit() {
				if hasPerLimit(l, m) {
					all = append(all, address(t, l, s, m))
				}
			}
		}
	}
	return all
}
