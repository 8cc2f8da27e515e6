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

// tally counts how the connections of `stalemate hold` ended.
type tally struct {
	planned int
	holds   map[string]*record.HoldState
	over    int // holds whose end the attacker has reported
}

func newTally(planned int) *tally {
	return &tally{planned: planned, holds: map[string]*record.HoldState{}}
}

// take counts one event.
func (t *tally) take(e record.Event) error {
	h := t.holds[e.Hold]
	if h == nil {
		h = &record.HoldState{}
		t.holds[e.Hold] = h
	}
	if h.Over() {
		t.over--
	}
	err := h.Hear(e)
	if h.Over() {
		t.over++
	}
	return err
}

// standing says whether a hold reached its stage. The server's answer may show later that it has no such stage.
func standing(h *record.HoldState) bool {
	return h.Parked != 0 && h.Failed == "" && h.NotApplicable == ""
}

// parked counts the holds that reached their stage.
func (t *tally) parked() int {
	n := 0
	for _, h := range t.holds {
		if standing(h) {
			n++
		}
	}
	return n
}

// released groups the times until the release by the kind of release.
func (t *tally) released() map[string][]time.Duration {
	times := map[string][]time.Duration{}
	for _, h := range t.holds {
		if h.Released == 0 {
			continue
		}
		by := string(h.By)
		if h.Detail != "" {
			by += " " + h.Detail
		}
		by += afterwards(h)
		times[by] = append(times[by], time.Duration(h.Released-h.Parked))
	}
	return times
}

// refused counts the holds that did not reach their stage, by reason.
func (t *tally) refused() map[string]int {
	why := map[string]int{}
	for _, h := range t.holds {
		if reason := cmp.Or(h.Failed, h.NotApplicable); reason != "" {
			why[reason]++
		}
	}
	return why
}

// kept counts the holds that the server did not release while they were watched. Holds that could not be watched to the
// end are counted by reason.
func (t *tally) kept() (held int, lost map[string]int) {
	lost = map[string]int{}
	for _, h := range t.holds {
		switch {
		case !h.Kept():
		case h.Detail != "":
			lost[h.Detail]++
		default:
			held++
		}
	}
	return held, lost
}

// afterwards says whether the connection was closed after a release that is a message on it.
func afterwards(h *record.HoldState) string {
	switch h.By {
	case record.ByAlert, record.ByCloseNotify, record.ByStatus, record.ByGoAway, record.ByRSTStream:
		if h.ClosedBy == "" {
			return ", connection stays open"
		}
		return ", then " + string(h.ClosedBy)
	}
	return ""
}

// finished says whether every hold is over.
func (t *tally) finished() bool { return t.over >= t.planned }

// all says whether every hold was parked.
func (t *tally) all() bool { return t.parked() == t.planned }

// line is one line of progress.
func (t *tally) line(passed time.Duration) string {
	released, refused := 0, 0
	for _, h := range t.holds {
		switch {
		case h.Released != 0:
			released++
		case h.Failed != "" || h.NotApplicable != "":
			refused++
		}
	}
	return fmt.Sprintf("%s: %d of %d held, %d released, %d did not reach the stage",
		passed.Round(time.Second), t.parked(), t.planned, released, refused)
}

// summary prints the result.
func (t *tally) summary(out io.Writer, what string, watched time.Duration) {
	fmt.Fprintf(out, "%s: %d of %d connections held\n", what, t.parked(), t.planned)
	if released := t.released(); len(released) > 0 {
		n := 0
		for _, times := range released {
			n += len(times)
		}
		fmt.Fprintf(out, "released: %d (min / median / max)\n", n)
		other := 0
		for i, by := range byCount(released) {
			if i >= mostReasons {
				other += len(released[by])
				continue
			}
			low, middle, high := spread(released[by])
			fmt.Fprintf(out, "  %5d  %s / %s / %s  by %s\n", len(released[by]), tenths(low), tenths(middle), tenths(high), shown(by))
		}
		if other > 0 {
			fmt.Fprintf(out, "  %5d  in other ways\n", other)
		}
	}
	held, lost := t.kept()
	if held > 0 {
		fmt.Fprintf(out, "still open after %s: %d\n", watched, held)
	}
	if left := t.planned - t.over; left > 0 {
		fmt.Fprintf(out, "interrupted: %d\n", left)
	}
	reasons(out, "not watched to the end", lost)
	reasons(out, "did not reach the stage", t.refused())
}

// byCount sorts the kinds of release, the most frequent first.
func byCount(released map[string][]time.Duration) []string {
	return slices.SortedFunc(maps.Keys(released), func(a, b string) int {
		return cmp.Or(len(released[b])-len(released[a]), cmp.Compare(a, b))
	})
}

// mostReasons bounds the list of different reasons. A server can give each connection another one.
const mostReasons = 20

func reasons(out io.Writer, what string, counts map[string]int) {
	left := 0
	for i, reason := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) }) {
		if i >= mostReasons {
			left += counts[reason]
			continue
		}
		fmt.Fprintf(out, "%s: %d: %s\n", what, counts[reason], shown(reason))
	}
	if left > 0 {
		fmt.Fprintf(out, "%s: %d: for other reasons\n", what, left)
	}
}

// spread returns the smallest, the median (the lower one of two) and the largest.
func spread(times []time.Duration) (low, middle, high time.Duration) {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[0], sorted[(len(sorted)-1)/2], sorted[len(sorted)-1]
}

func tenths(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// shown is what a server or an error says, as it may stand in the summary.
func shown(text string) string {
	const most = 600
	return record.Shorten(record.Clean(text), most)
}
