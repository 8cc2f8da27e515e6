package learn

import (
	"math"
	"slices"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// compare uses the cell's other mode: a limit that a trickle does not postpone is absolute. The server looks for old connections each
// so many seconds, 0 if that is not known.
func (f *finding) compare(m measured, other *finding, every float64) {
	switch {
	case f.worker < 0:
		f.outcome, f.worker = unknown, 0
	case f.outcome == bounded && f.cell.Mode == record.Silent:
		f.kind = record.Idle
		f.settle(every)
	case f.outcome == bounded:
		f.trickled(m, other, every)
	}
}

// stillTrickling says whether bytes were sent until the end of every hold.
func stillTrickling(m measured) bool {
	return m.cell.Mode == record.Trickle && !slices.ContainsFunc(m.holds, func(h record.HoldState) bool { return h.TrickleEnd != 0 || end(h) != 0 })
}

// trickled tells an absolute limit from an idle one. The limit is absolute if the server releases the hold while bytes
// come, or as long after the stage as a silent hold.
func (f *finding) trickled(m measured, silent *finding, every float64) {
	whole := f.fromParked(m)
	during := !slices.ContainsFunc(m.holds, func(h record.HoldState) bool { return h.TrickleEnd != 0 && end(h) > h.TrickleEnd })
	f.kind = record.Idle
	if during || silent != nil && silent.outcome == bounded &&
		math.Abs(slices.Min(whole)-silent.seconds) < math.Abs(slices.Min(f.took)-silent.seconds) {
		f.kind, f.took = record.Absolute, whole
	}
	f.settle(every)
	if f.kind == record.Absolute && f.outcome == bounded && f.swept == 0 {
		f.whenAByteComes(silent)
	}
}

// bytesMoved is by how many intervals of the trickle two runs may differ if each byte extends the limit.
const bytesMoved = 2

// whenAByteComes settles an absolute limit of a server that checks when a byte comes: it fires up to one interval late.
// If each byte extends the limit (Apache's MinRate), it differs from the silent limit, and another run may see it a
// byte sooner or later.
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

// followTrickle makes the limit of a silent hold absolute if the trickled hold's limit is absolute.
func (f *finding) followTrickle(m measured, trickle *finding, every float64) {
	if trickle == nil || f.outcome != bounded || trickle.outcome != bounded || trickle.kind != record.Absolute {
		return
	}
	whole := f.fromParked(m)
	if math.Abs(slices.Min(whole)-trickle.seconds) <= apart+trickle.granularity {
		f.kind, f.took = record.Absolute, whole
		f.settle(every)
	}
}
