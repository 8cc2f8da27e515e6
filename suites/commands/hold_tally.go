package commands

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"stalemate/reports/record"
)

// tally counts what became of the holds of `stalemate hold`.
type tally struct {
	planned   int
	connected int
	parked    map[string]int64 // by hold: when
	over      map[string]bool
	released  map[string][]time.Duration // by kind of release: after how long
	held      int                        // not released while they were watched
	lost      map[string]int             // watched no further, by reason
	refused   map[string]int             // not parked, by reason
}

func newTally(planned int) *tally {
	return &tally{planned: planned, parked: map[string]int64{}, over: map[string]bool{},
		released: map[string][]time.Duration{}, lost: map[string]int{}, refused: map[string]int{}}
}

// take counts one event.
func (t *tally) take(e record.Event) {
	switch e.Kind {
	case record.HoldConnected:
		t.connected++
	case record.HoldParked:
		t.parked[e.Hold] = e.T
	case record.HoldFailed, record.HoldNotApplicable:
		delete(t.parked, e.Hold) // an answer may show only later that there is no such stage here
		t.over[e.Hold] = true
		t.refused[e.Note]++
	case record.HoldReleased:
		t.over[e.Hold] = true
		t.end(e)
	}
}

func (t *tally) end(e record.Event) {
	switch by := string(e.Release.By); {
	case e.Release.By != record.ByNothing:
		if e.Release.Detail != "" {
			by += " " + e.Release.Detail
		}
		by += afterwards(e.Release)
		t.released[by] = append(t.released[by], time.Duration(e.T-t.parked[e.Hold]))
	case e.Release.Detail != "":
		t.lost[e.Release.Detail]++
	default:
		t.held++
	}
}

// afterwards says what became of the connection after a release that is said on it.
func afterwards(r *record.Release) string {
	switch r.By {
	case record.ByAlert, record.ByCloseNotify, record.ByStatus, record.ByGoAway, record.ByRSTStream:
		if r.End == "" {
			return ", connection kept"
		}
		return ", then " + string(r.End)
	}
	return ""
}

// finished says whether nothing more can come.
func (t *tally) finished() bool { return len(t.over) >= t.planned }

// all says whether every hold was parked.
func (t *tally) all() bool { return len(t.parked) == t.planned }

// releases counts the holds that the server ended.
func (t *tally) releases() int {
	n := 0
	for _, times := range t.released {
		n += len(times)
	}
	return n
}

// line is the progress: one line for people.
func (t *tally) line(passed time.Duration) string {
	failed := 0
	for _, n := range t.refused {
		failed += n
	}
	return fmt.Sprintf("%s: %d of %d parked, %d released, %d not parked",
		passed.Round(time.Second), len(t.parked), t.planned, t.releases(), failed)
}

// summary is what is left to say at the end.
func (t *tally) summary(out io.Writer, what string, watched time.Duration) {
	fmt.Fprintf(out, "%s: %d of %d parked\n", what, len(t.parked), t.planned)
	if n := t.releases(); n > 0 {
		fmt.Fprintf(out, "released: %d, after (min / median / max)\n", n)
		for _, by := range byCount(t.released) {
			low, middle, high := spread(t.released[by])
			fmt.Fprintf(out, "  %5d  %s / %s / %s  by %s\n", len(t.released[by]), tenths(low), tenths(middle), tenths(high), record.Clean(by))
		}
	}
	if t.held > 0 {
		fmt.Fprintf(out, "not released within %s: %d\n", watched, t.held)
	}
	if left := t.planned - len(t.over); left > 0 {
		fmt.Fprintf(out, "interrupted: %d\n", left)
	}
	reasons(out, "not watched to the end", t.lost)
	reasons(out, "not parked", t.refused)
}

// byCount orders kinds of release, the commonest first.
func byCount(released map[string][]time.Duration) []string {
	return slices.SortedFunc(maps.Keys(released), func(a, b string) int {
		return cmp.Or(len(released[b])-len(released[a]), cmp.Compare(a, b))
	})
}

func reasons(out io.Writer, what string, counts map[string]int) {
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "%s: %d: %s\n", what, counts[reason], record.Clean(reason))
	}
}

// spread gives the smallest, the median (of an even number the lower one) and the largest.
func spread(times []time.Duration) (low, middle, high time.Duration) {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[0], sorted[(len(sorted)-1)/2], sorted[len(sorted)-1]
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
