package verdict

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// Ledger is the waivers of a run and what became of each. It is safe for concurrent use.
type Ledger struct {
	waivers *target.Waivers
	now     time.Time

	mu   sync.Mutex
	used map[int]bool        // by index in the file
	seen map[string]*outcome // of every cell that was judged
}

// outcome is what is known of a cell, of which a comparison judges several repeats.
type outcome struct {
	failed record.Verdict // the first failure; "" for none
	well   record.Verdict // the last verdict that is no failure; "" for none
	untold bool           // some repeat has no verdict
}

// add takes in one judgement.
func (o *outcome) add(j record.Judgement) {
	switch {
	case j.Verdict == record.Inconclusive, j.Verdict == record.NotRun, j.Status == record.Unknown:
		o.untold = true
	case j.Status != record.Failed:
		o.well = j.Verdict
	case o.failed == "":
		o.failed = j.Verdict
	}
}

// NewLedger begins a ledger for a run that began at now. Waivers may be nil: none.
func NewLedger(waivers *target.Waivers, now time.Time) *Ledger {
	if waivers == nil {
		waivers = &target.Waivers{}
	}
	return &Ledger{waivers: waivers, now: now, used: map[int]bool{}, seen: map[string]*outcome{}}
}

// Apply turns a failure into a skip where an unexpired waiver accepts exactly this verdict of this cell.
func (l *Ledger) Apply(address string, j record.Judgement) record.Judgement {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[address] == nil {
		l.seen[address] = &outcome{}
	}
	l.seen[address].add(j)
	if j.Status != record.Failed {
		return j
	}
	for i, w := range l.waivers.List {
		if w.Verdict != j.Verdict || !w.Covers(address) || w.Expired(l.now) {
			continue
		}
		l.used[i] = true
		j.Status = record.Skipped
		j.Waiver = fmt.Sprintf("%s (%s, until %s)", w.Reason, w.Ticket, lastDay(w))
		return j
	}
	return j
}

// Notices name each waiver that has expired or that met nothing, in the order of
// the file. A cell that was left out of the run on purpose (chosen says so of the
// waiver's address or pattern), or that has no verdict, is no reason to
// name its waiver: whether it is needed is not known.
func (l *Ledger) Notices(chosen func(cell string) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var notices []string
	for i, w := range l.waivers.List {
		seen, judged := l.met(w)
		what := fmt.Sprintf("waiver %s:%d for %s of %s (%s)", l.waivers.File, w.Line, w.Verdict, w.Cell, w.Ticket)
		switch {
		case l.used[i], !judged && !chosen(w.Cell):
		case w.Expired(l.now):
			notices = append(notices, fmt.Sprintf("%s expired after %s: renew it or remove it", what, lastDay(w)))
		case !judged:
			notices = append(notices, what+" names no cell of this run: correct the address or remove it")
		case seen.failed != "":
			notices = append(notices, fmt.Sprintf("%s accepts only %s, and %s is %s", what, w.Verdict, seen.cell, seen.failed))
		case !seen.untold:
			notices = append(notices, fmt.Sprintf("%s was not needed, %s is %s: remove it", what, seen.cell, seen.well))
		}
	}
	return notices
}

// meeting is what a waiver met that accepted nothing.
type meeting struct {
	outcome
	cell string // of which the verdict is
}

// met puts the verdicts of all cells together that a waiver covers. A failure in one of them counts first.
func (l *Ledger) met(w target.Waiver) (m meeting, judged bool) {
	for _, address := range slices.Sorted(maps.Keys(l.seen)) {
		if !w.Covers(address) {
			continue
		}
		seen, untold := l.seen[address], m.untold || l.seen[address].untold
		if !judged || m.failed == "" && seen.failed != "" {
			m = meeting{outcome: *seen, cell: address}
		}
		m.untold, judged = untold, true
	}
	if m.cell == w.Cell {
		m.cell = "the cell"
	}
	return m, judged
}

func lastDay(w target.Waiver) string { return w.Expires.AddDate(0, 0, -1).Format(time.DateOnly) }
