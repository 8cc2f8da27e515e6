package learn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// outcome is what the holds of a cell came to.
type outcome int

const (
	bounded       outcome = iota // each was released in time
	lasting                      // not released within the cap, or only some
	weakness                     // as long as bytes come it is kept
	notApplicable                // the target cannot have this stage
	unknown                      // no hold of which anything can be said
)

// finding is what is written of a cell.
type finding struct {
	cell        *plan.Cell
	outcome     outcome
	kind        record.LimitKind // of bounded
	seconds     float64          // the limit, or for how long it lasts at least
	granularity float64
	worker      float64 // what the server may take after its peer saw the release; 0: the default is enough
	why         string  // of anything but bounded
	took        []float64
}

const (
	// apart is how far repeats of an exact timer lie from each other at most, on a busy machine, seconds.
	apart = 0.3
	// nearWhole is how far from a whole second a measured limit of whole seconds may lie.
	nearWhole = 0.25
	// tickOfServers is how often servers look that do not keep exact timers, seconds: lighttpd, memcached, varnish.
	tickOfServers = 1.0
	// unreadGranularity is what kernel buffers put a server's last write off by: window probes move bytes after the reader stopped.
	unreadGranularity = 2.5
	// defaultWorker is what a target file allows without a word, less a little.
	defaultWorker = 2.0
)

// find turns the measured cells into findings.
func find(all []measured, s server, cap float64) []finding {
	found := make([]finding, len(all))
	byAddress := map[string]*finding{}
	for i, m := range all {
		found[i] = first(m, cap)
		byAddress[m.cell.Address] = &found[i]
	}
	for i := range found {
		f := &found[i]
		other := byAddress[strings.TrimSuffix(f.cell.Address, string(f.cell.Mode))+string(otherMode(f.cell.Mode))]
		f.compare(all[i], other, s, cap)
	}
	for i := range found {
		if f := &found[i]; f.cell.Mode == record.Silent {
			f.followTrickle(all[i], byAddress[strings.TrimSuffix(f.cell.Address, string(record.Silent))+string(record.Trickle)])
		}
	}
	// A server that looks only now and then does so for every limit, though a cell's few holds may not show it.
	if slices.ContainsFunc(found, func(f finding) bool { return f.ticks() }) {
		for i := range found {
			if f := &found[i]; f.outcome == bounded && f.seconds >= 1 {
				f.seconds = math.Floor(slices.Min(f.took) + 0.05)
				f.granularity = max(f.granularity, tickOfServers, math.Ceil(slices.Max(f.took)-f.seconds))
			}
		}
	}
	return found
}

func otherMode(m record.Mode) record.Mode {
	if m == record.Silent {
		return record.Trickle
	}
	return record.Silent
}

// first says what the holds of one cell tell by themselves.
func first(m measured, cap float64) finding {
	f := finding{cell: m.cell}
	absent := reasons(m.holds, func(h verdict.Hold) string { return h.NotHere })
	failed := reasons(m.holds, func(h verdict.Hold) string { return h.Failed })
	switch {
	case len(absent) > 0 && len(failed) == 0 && !slices.ContainsFunc(m.holds, func(h verdict.Hold) bool { return h.NotHere == "" }):
		f.outcome, f.why = notApplicable, strings.Join(absent, "; ")
		return f
	case len(absent) > 0 || len(failed) > 0:
		f.outcome, f.why = unknown, strings.Join(append(failed, absent...), "; ")
		return f
	}
	open, unproven := 0, 0
	for _, h := range m.holds {
		at := end(h)
		if at != 0 {
			f.took = append(f.took, secondsBetween(max(h.Parked, h.LastByte), at))
			if h.Released != 0 {
				f.keepsWorker(h)
			}
		} else {
			open++
		}
		if !h.Proven {
			unproven++
		}
	}
	switch {
	case unproven > 0:
		f.outcome, f.why = unknown, "the server's process never held the connection: the kernel keeps it until a byte comes (TCP_DEFER_ACCEPT)"
	case open == len(m.holds):
		f.outcome, f.seconds = lasting, cap
	case open > 0:
		f.outcome, f.seconds = lasting, math.Max(0.1, math.Floor(slices.Min(f.fromParked(m))*10-2)/10)
		f.why = fmt.Sprintf("%d of %d were released, after %s", len(f.took), len(m.holds), listSeconds(f.fromParked(m)))
	}
	return f
}

func (f *finding) keepsWorker(h verdict.Hold) {
	switch {
	case h.WorkerFreed == 0:
		f.outcome, f.why = unknown, fmt.Sprintf("the server kept its socket for more than %s after the release", workerWithin)
		f.worker = -1
	case f.worker >= 0:
		if kept := secondsBetween(h.Released, h.WorkerFreed); kept > defaultWorker {
			f.worker = max(f.worker, math.Ceil(kept*2+1)/2)
		}
	}
}

// fromParked is how long the holds lasted from the moment at which they stood at their stage.
func (f finding) fromParked(m measured) []float64 {
	var all []float64
	for _, h := range m.holds {
		if at := end(h); at != 0 {
			all = append(all, secondsBetween(h.Parked, at))
		}
	}
	return all
}

// compare settles what a cell's other mode tells: what a trickle does not put off is absolute.
func (f *finding) compare(m measured, other *finding, s server, cap float64) {
	switch {
	case f.worker < 0:
		f.outcome, f.worker = unknown, 0
	case f.outcome == lasting && f.cell.Mode == record.Trickle && stillTrickling(m) &&
		(s.startsAnew(f.cell.Stage.Name, f.cell.Mode) || other != nil && other.outcome == bounded && other.seconds < 0.9*cap):
		f.outcome = weakness
	case f.outcome == bounded && f.cell.Mode == record.Silent:
		f.kind = record.Idle
		f.settle()
	case f.outcome == bounded:
		f.trickled(m, other)
	}
}

// stillTrickling says whether bytes went out up to the end of every hold.
func stillTrickling(m measured) bool {
	return !slices.ContainsFunc(m.holds, func(h verdict.Hold) bool { return h.TrickleEnd != 0 || end(h) != 0 })
}

// trickled tells an absolute limit from an idle one: released while bytes came, or
// as long after the stage as a silent hold is.
func (f *finding) trickled(m measured, silent *finding) {
	whole := f.fromParked(m)
	during := !slices.ContainsFunc(m.holds, func(h verdict.Hold) bool { return h.TrickleEnd != 0 && end(h) > h.TrickleEnd })
	f.kind = record.Idle
	if during || silent != nil && silent.outcome == bounded &&
		math.Abs(slices.Min(whole)-silent.seconds) < math.Abs(slices.Min(f.took)-silent.seconds) {
		f.kind, f.took = record.Absolute, whole
	}
	f.settle()
	if f.kind == record.Absolute && f.outcome == bounded {
		f.whenAByteComes(silent)
	}
}

// bytesMoved is by how many intervals of the trickle another run may differ where bytes buy time: each counts when it comes.
const bytesMoved = 2

// whenAByteComes settles an absolute limit of a server that looks when a byte comes: it
// is seen later by up to one interval. Where the silent limit is not it, as bytes buy
// time (Apache's MinRate), another run may meet it a byte sooner or later.
func (f *finding) whenAByteComes(silent *finding) {
	interval := plan.TrickleInterval.Seconds()
	least, most := slices.Min(f.took), slices.Max(f.took)
	anchor := f.seconds
	if silent != nil && silent.outcome == bounded {
		anchor = silent.seconds
	}
	if whole := anchor == math.Round(anchor); whole && least >= anchor-nearWhole && most <= anchor+interval+nearWhole {
		f.seconds, f.granularity = anchor, interval
		return
	}
	if floor := math.Floor((least-bytesMoved*interval)*2) / 2; floor > 0 {
		f.seconds = floor
		f.granularity = math.Ceil((most-floor+bytesMoved*interval)*2) / 2
	}
}

// followTrickle makes a silent hold's limit absolute where a trickle showed that the stage's is.
func (f *finding) followTrickle(m measured, trickle *finding) {
	if trickle == nil || f.outcome != bounded || trickle.outcome != bounded || trickle.kind != record.Absolute {
		return
	}
	whole := f.fromParked(m)
	if math.Abs(slices.Min(whole)-trickle.seconds) <= apart+trickle.granularity {
		f.kind, f.took = record.Absolute, whole
		f.settle()
	}
}

// settle rounds what was measured to a limit that somebody may have set.
func (f *finding) settle() {
	least, most := slices.Min(f.took), slices.Max(f.took)
	f.seconds = plausible(least)
	if f.cell.Stage.Name == "http.response" {
		f.granularity = max(unreadGranularity, math.Ceil((most-f.seconds)*2)/2)
		return
	}
	if most-least > tickOfServers+apart {
		f.outcome, f.seconds = lasting, math.Max(0.1, math.Floor(least*10-2)/10)
		f.why = "released after " + listSeconds(f.took)
		return
	}
	if most-least > apart && !f.offByTrickle() {
		f.seconds = math.Max(0.1, math.Floor(least+0.05))
		if least < 1 {
			f.seconds = plausible(least)
		}
		f.granularity = math.Ceil((most-f.seconds)*2) / 2
	}
}

// offByTrickle says whether the spread is what waiting for the next byte makes.
func (f finding) offByTrickle() bool {
	return f.cell.Mode == record.Trickle && f.kind == record.Absolute &&
		slices.Max(f.took)-plausible(slices.Min(f.took)) < plan.TrickleInterval.Seconds()+nearWhole
}

// ticks says whether the cell shows a server that looks only now and then.
func (f finding) ticks() bool {
	if f.outcome != bounded || f.cell.Stage.Name == "http.response" || f.offByTrickle() || slices.Min(f.took) < 1 {
		return false
	}
	least := slices.Min(f.took)
	return slices.Max(f.took)-least > apart || math.Abs(least-plausible(least)) > 0.1 && math.Abs(least-math.Round(least)) > nearWhole
}

// plausible is the limit that somebody set who measures this: whole seconds where
// they are near, else halves, else tenths; never more than was measured but for a little.
func plausible(measured float64) float64 {
	if whole := math.Round(measured); whole >= 1 && math.Abs(measured-whole) <= nearWhole {
		return whole
	}
	if half := math.Round(measured*2) / 2; half > 0 && math.Abs(measured-half) <= 0.1 {
		return half
	}
	return math.Max(0.1, math.Floor(measured*10+0.5)/10)
}

func listSeconds(all []float64) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = fmt.Sprintf("%.2f s", s)
	}
	return strings.Join(texts, ", ")
}
