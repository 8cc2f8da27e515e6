package learn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// All in seconds.
const (
	// apart is how far repeats of an exact timer differ at most on a busy machine.
	apart = 0.3
	// nearWhole is how far a measurement of a limit of whole seconds may be from it.
	nearWhole = 0.25
	// tickOfServers is the interval at which servers without exact timers check: lighttpd, memcached, varnish.
	tickOfServers = 1.0
	// unreadGranularity is how much kernel buffers delay a server's last write: window probes move bytes after the client
	// stopped reading.
	unreadGranularity = 2.5
)

// settle rounds a measurement to a limit that somebody may have set. The server looks for old connections each so many seconds, 0 if
// that is not known.
func (f *finding) settle(every float64) {
	least, most := slices.Min(f.took), slices.Max(f.took)
	f.seconds = plausible(least)
	if f.cell.Stage.Name == stages.HTTPResponse {
		f.granularity = max(unreadGranularity, math.Ceil((most-f.seconds)*2)/2)
		return
	}
	if f.swept > 0 || f.irregular || most-least > tickOfServers+apart && !f.offByTrickle() {
		f.settleLooks(every)
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

// offByTrickle says whether waiting for the next byte explains the spread.
func (f finding) offByTrickle() bool {
	return f.cell.Mode == record.Trickle && f.kind == record.Absolute &&
		slices.Max(f.took)-plausible(slices.Min(f.took)) < plan.TrickleInterval.Seconds()+nearWhole
}

// ticks says whether the cell shows a server that checks its timeouts at intervals.
func (f finding) ticks() bool {
	if f.outcome != bounded || f.sweeps() || f.cell.Stage.Name == stages.HTTPResponse || f.offByTrickle() || slices.Min(f.took) < 1 {
		return false
	}
	least := slices.Min(f.took)
	return slices.Max(f.took)-least > apart || math.Abs(least-plausible(least)) > 0.1 && math.Abs(least-math.Round(least)) > nearWhole
}

// plausible is the limit that was probably set: whole seconds if they are near, else halves, else tenths.
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
