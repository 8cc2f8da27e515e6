package learn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// outcome is how the holds of a cell ended.
type outcome int

const (
	bounded       outcome = iota // the server released each hold in time
	atMost                       // it released each, and what it waits for between two looks is not known
	lasting                      // the server released none within the cap, or only some: a weakness
	notApplicable                // the target cannot have this stage
	unknown                      // the holds prove nothing
)

// finding is what learn writes about a cell.
type finding struct {
	cell        *plan.Cell
	outcome     outcome
	kind        record.LimitKind // of bounded
	seconds     float64          // the limit, or how long the connection stays open at least
	granularity float64
	worker      float64 // how long the worker may stay busy after the release; 0: the default is enough
	why         string  // for every outcome but bounded
	took        []float64
	swept       float64 // the server ended all holds at the same moment, although they came so many seconds apart; 0: it did not
	armed       wait    // of a lasting one: a timer of its process ends it; zero: none was seen
	irregular   bool    // its holds show no spread, and end at a time that nobody sets
	dripped     bool    // of a lasting one: bytes came until the end
}

// defaultWorker is how long a target file lets a worker stay busy by default, in seconds, less a little.
const defaultWorker = 2.0

// find turns the measured cells into findings.
func find(all []measured, cap float64) []finding {
	found := make([]finding, len(all))
	byAddress := map[string]*finding{}
	alone := processesOfOne(all)
	for i, m := range all {
		m.alone = alone
		found[i] = first(m, cap)
		byAddress[m.cell.Address] = &found[i]
	}
	every, rough := looksEvery(all), irregular(all)
	for i := range found {
		f := &found[i]
		f.irregular = rough && f.unsteady(all[i])
		other := byAddress[strings.TrimSuffix(f.cell.Address, string(f.cell.Mode))+string(otherMode(f.cell.Mode))]
		f.compare(all[i], other, every)
		f.deferredByTheKernel(all[i])
	}
	for i := range found {
		if f := &found[i]; f.cell.Mode == record.Silent {
			f.followTrickle(all[i], byAddress[strings.TrimSuffix(f.cell.Address, string(record.Silent))+string(record.Trickle)], every)
		}
	}
	// A server that checks its timeouts at intervals does so for every limit. A cell's few holds may not show it.
	if slices.ContainsFunc(found, func(f finding) bool { return f.ticks() }) {
		for i := range found {
			if f := &found[i]; f.outcome == bounded && f.seconds >= 1 && !f.sweeps() {
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

// first judges the holds of one cell, without the other mode.
func first(m measured, cap float64) finding {
	f := finding{cell: m.cell}
	absent := reasons(m.holds, func(h record.HoldState) string { return h.NotApplicable })
	failed := reasons(m.holds, func(h record.HoldState) string { return h.Failed })
	switch {
	case len(absent) > 0 && len(failed) == 0 && !slices.ContainsFunc(m.holds, func(h record.HoldState) bool { return h.NotApplicable == "" }):
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
		if h.Proven == 0 && h.Refused == "" { // an answer shows that the server has the connection
			unproven++
		}
	}
	f.swept = sweep(m)
	switch {
	case unproven > 0:
		f.outcome, f.why = unknown, notRead(m)
	case waited(m) != "" && open < len(m.holds):
		f.outcome, f.why = unknown, waited(m)
	case open == len(m.holds):
		f.outcome, f.seconds, f.dripped, f.armed = lasting, cap, stillTrickling(m), cmp.Or(m.loop, armed(m))
	case open > 0:
		f.outcome, f.seconds = lasting, math.Max(0.1, math.Floor(slices.Min(f.fromParked(m))*10-2)/10)
		f.why = fmt.Sprintf("the server closed %d of %d connections, after %s", len(f.took), len(m.holds), listSeconds(f.fromParked(m)))
	}
	return f
}

func (f *finding) keepsWorker(h record.HoldState) {
	switch {
	case h.WorkerFreed == 0:
		f.outcome, f.why = unknown, fmt.Sprintf("the server kept its socket for more than %s after it closed the connection", workerWithin)
		f.worker = -1
	case f.worker >= 0:
		if kept := secondsBetween(h.Released, h.WorkerFreed); kept > defaultWorker {
			f.worker = max(f.worker, math.Ceil(kept*2+1)/2)
		}
	}
}

// fromParked is how long the holds lasted, from the moment at which they reached their stage.
func (f finding) fromParked(m measured) []float64 {
	var all []float64
	for _, h := range m.holds {
		if at := end(h); at != 0 {
			all = append(all, secondsBetween(h.Parked, at))
		}
	}
	return all
}
