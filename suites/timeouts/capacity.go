package timeouts

import (
	"cmp"
	"slices"

	"stalemate/suites/verdict"
)

// servedAtOnce is the greatest number of holds that the server had at the same time, each proven and not freed yet.
func (t *tracker) servedAtOnce() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	type change struct {
		at int64
		by int
	}
	var changes []change
	for _, h := range t.holds {
		if h.Proven == 0 {
			continue
		}
		changes = append(changes, change{h.Proven, 1})
		// The inspector sees some time later that the worker is free, and the next connection may have it by then.
		if end := cmp.Or(h.Released, h.WorkerFreed); end > h.Proven {
			changes = append(changes, change{end, -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return int(min(1, max(-1, a.at-b.at))) })
	now, most := 0, 0
	for _, c := range changes {
		now += c.by
		most = max(most, now)
	}
	return most
}

// company is how many other holds of the pod the server had when a hold connected, and how many ended between that and the proof.
func (t *tracker) company(one verdict.Hold) (others, freed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.holds {
		end := cmp.Or(h.Released, h.WorkerFreed)
		if h.ID != one.ID && h.Connected != 0 && h.Connected <= one.Connected && (end == 0 || end > one.Connected) {
			others++
		}
		if end > one.Connected && end <= one.Proven && h.ID != one.ID {
			freed++
		}
	}
	return others, freed
}
