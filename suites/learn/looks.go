package learn

import (
	"math"
	"slices"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// A server that looks for old connections now and then ends them when it looks, and not when their limit is over. Repeats of a cell
// begin apart, so it shows: they last differently long, or end at the same moment. All in seconds.
const (
	// moment is how far apart the ends of connections are that one look ends.
	moment = 0.3
	// longestLook is the longest interval between two looks of a server that is known to have one: node's
	// connectionsCheckingInterval.
	longestLook = 30.0
	// leastLook is what is assumed of an interval that was not seen: webfs and mosquitto look each 5 s.
	leastLook = 5.0
)

// intervals are those that somebody may have chosen.
var intervals = []float64{60, 30, 20, 15, 12, 10, 6, 5, 4, 3, 2}

// sweep says how far apart the repeats of a cell began whose holds the server ended at the same moment. It is 0 if it did not.
func sweep(m measured) float64 {
	var parked, ended []int64
	for _, h := range m.holds {
		at := end(h)
		if at == 0 {
			return 0
		}
		parked, ended = append(parked, h.Parked), append(ended, at)
	}
	if len(m.holds) < 2 {
		return 0
	}
	const began = 1.0
	apart := secondsBetween(slices.Min(parked), slices.Max(parked))
	if apart < began || secondsBetween(slices.Min(ended), slices.Max(ended)) > moment {
		return 0
	}
	return apart
}

// sweeps says whether the holds of a cell show a server that looks more rarely than each second.
func (f finding) sweeps() bool {
	return f.swept > 0 || f.irregular || f.cell.Mode == record.Silent && len(f.took) > 1 && slices.Max(f.took)-slices.Min(f.took) > tickOfServers+apart
}

// offHalf is how far a measurement may be from half a second, as a timer that somebody has set. For whole seconds see nearWhole.
const offHalf = 0.1

// irregular says whether the server looks for old connections when something happens, or now and then, although no spread shows it:
// the holds of a cell last equally long, and no timer that somebody has set is so long. The bytes of other holds wake such a server
// (webfs looks each 5 s, and when a byte comes). Where a cell has one hold alone, even half a second is none.
func irregular(all []measured) bool {
	found := false
	for _, m := range all {
		took := tookOf(m)
		if m.cell.Mode != record.Silent || len(took) == 0 || len(took) < len(m.holds) || slices.Min(took) < 2 || m.cell.Stage.Name == stages.HTTPResponse {
			continue
		}
		least, spread := slices.Min(took), slices.Max(took)-slices.Min(took)
		if spread > apart && spread <= tickOfServers+apart {
			return false // it looks each second
		}
		half := len(took) > 1 && math.Abs(least-math.Round(least*2)/2) <= offHalf
		found = found || spread <= apart && math.Abs(least-math.Round(least)) > nearWhole && !half
	}
	return found
}

// tookOf are the times from the last byte to the end of the holds that ended, in seconds.
func tookOf(m measured) []float64 {
	var all []float64
	for _, h := range m.holds {
		if at := end(h); at != 0 {
			all = append(all, secondsBetween(max(h.Parked, h.LastByte), at))
		}
	}
	return all
}

// unsteady says whether the cell is one of a server that is irregular, and not one with an exact timer.
func (f finding) unsteady(m measured) bool {
	return len(m.holds) == 1 || f.cell.Mode == record.Silent && len(f.took) > 0 && math.Abs(slices.Min(f.took)-math.Round(slices.Min(f.took))) > nearWhole
}

// looksEvery is the time between two looks of the server. It is at least the true one, and 0 where the ends do not show it: all ends
// of a pod are whole intervals apart.
func looksEvery(all []measured) float64 {
	every := 0.0
	for _, looks := range momentsOf(all) {
		if found := longestThatFits(looks); found > 0 && (every == 0 || found < every) {
			every = found
		}
	}
	return every
}

// momentsOf are the moments, by pod, at which the holds ended of the cells that show a server that looks.
func momentsOf(all []measured) map[string][]float64 {
	pods := map[string][]float64{}
	for _, m := range all {
		f := finding{cell: m.cell, swept: sweep(m)}
		f.took = tookOf(m)
		if m.cell.Mode != record.Silent || len(f.took) < len(m.holds) || !f.sweeps() {
			continue
		}
		for _, h := range m.holds {
			pods[h.Pod] = append(pods[h.Pod], secondsBetween(0, end(h)))
		}
	}
	return pods
}

// longestThatFits is the longest interval of which all these moments are whole numbers apart. It is 0 if there is none, or if the
// moments are one.
func longestThatFits(looks []float64) float64 {
	slices.Sort(looks)
	if len(looks) < 2 || looks[len(looks)-1]-looks[0] <= moment {
		return 0
	}
	for _, every := range intervals {
		if !slices.ContainsFunc(looks, func(at float64) bool {
			since := at - looks[0]
			return math.Abs(since-every*math.Round(since/every)) > moment
		}) {
			return every
		}
	}
	return 0
}

// settleLooks writes a limit that a server keeps which looks each so many seconds, 0 where that is not known. Another run begins at
// another moment between two looks: a limit L that is looked at each T seconds ends holds after L to L+T, so that L is neither more
// than the shortest that was seen nor less than the longest less T.
func (f *finding) settleLooks(every float64) {
	least, most := slices.Min(f.took), slices.Max(f.took)
	if every == 0 && f.swept > 0 {
		f.outcome, f.seconds, f.granularity = atMost, math.Ceil(most)+longestLook, 0
		f.why = "the server closed its connections at the same moment, although they came apart: it looks for old ones now and then"
		return
	}
	if every == 0 {
		every = math.Max(leastLook, math.Ceil(3*(most-least))) // three repeats seldom show the whole interval
	}
	if most-every < 1 {
		f.outcome, f.seconds, f.granularity = atMost, math.Ceil(least+every), 0
		f.why = "the server looks for old connections now and then, and closed these " + listSeconds(f.took) + " after the last byte"
		return
	}
	f.seconds = math.Floor((most-every)*2) / 2
	f.granularity = math.Ceil((least+every-f.seconds)*2) / 2
}
