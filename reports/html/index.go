package html

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"stalemate/reports/record"
)

//go:embed index.html
var indexPage string

// indexView is one page from the logs of many runs.
type indexView struct {
	frame
	Now      int64
	Runs     int
	Left     []string // logs that could not be read, and why
	Rows     []indexRow
	Matrices []matrix
	Waivers  []waiver
	Glossary []entry
}

// indexRow is a target, as its latest run found it, and how its runs ended.
type indexRow struct {
	Name, Image string
	Unix        int64 // of the latest run
	Counts      []count
	Trend       []trend
}

// trend is how a target did in one run.
type trend struct {
	Word, Class string
	Unix        int64
}

// mostTrend is how many runs a trend shows, the latest ones.
const mostTrend = 20

// waiver is a failure that is accepted until a date.
type waiver struct {
	Cell, Text string
	Days       int
}

// WriteIndex writes one page from many runs. Comparisons are left out. left are the logs that could not be read.
func WriteIndex(out io.Writer, runs []record.Summary, left []string, now time.Time) error {
	parsed, err := template.New("index").Funcs(functions(record.Summary{})).Parse(indexPage)
	if err == nil {
		_, err = parsed.Parse(parts)
	}
	if err != nil {
		return fmt.Errorf("write the page of many runs: %w", err)
	}
	if err := parsed.Execute(printableWriter{out}, newIndex(runs, left, now)); err != nil {
		return fmt.Errorf("write the page of many runs: %w", err)
	}
	return nil
}

func newIndex(runs []record.Summary, left []string, now time.Time) indexView {
	v := indexView{frame: newFrame(), Now: now.Unix(), Left: left}
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b record.Summary) int { return int(a.UnixTime - b.UnixTime) })
	latest := map[string]*record.Target{}
	at := map[string]int{} // the row of each target
	for _, s := range runs {
		if s.Comparison != nil {
			continue
		}
		v.Runs++
		for _, t := range s.Targets {
			if t.Tally.Planned == 0 {
				continue // only canaries
			}
			if _, known := at[t.Name]; !known {
				at[t.Name] = len(v.Rows)
				v.Rows = append(v.Rows, indexRow{Name: t.Name})
			}
			row := &v.Rows[at[t.Name]]
			row.Unix, row.Counts = s.UnixTime, counts(t.Tally)
			for _, image := range t.Images {
				if image.Service == "" {
					row.Image = image.Exact()
				}
			}
			row.Trend = append(row.Trend, trendOf(s, t))
			latest[t.Name] = t
		}
	}
	merged := record.Summary{Tally: record.Tally{Verdicts: map[record.Verdict]int{}}}
	slices.SortFunc(v.Rows, worstFirst)
	for i := range v.Rows {
		row := &v.Rows[i]
		row.Trend = row.Trend[max(0, len(row.Trend)-mostTrend):]
		t := latest[row.Name]
		merged.Targets = append(merged.Targets, t)
		for word, n := range t.Tally.Verdicts {
			merged.Tally.Verdicts[word] += n
		}
		for _, c := range t.Cells() {
			if c.Judgement != nil && c.Judgement.Waiver != "" {
				v.Waivers = append(v.Waivers, waiver{c.Address, c.Judgement.Waiver, daysUntil(now, c.Judgement.Waiver)})
			}
		}
	}
	slices.SortStableFunc(v.Waivers, func(a, b waiver) int { return a.Days - b.Days })
	v.Matrices, v.Glossary = matrices(merged), glossary(merged)
	return v
}

// trendOf is how a target did in a run. A run that has problems is not green for any of its targets.
func trendOf(s record.Summary, t *record.Target) trend {
	switch {
	case t.Tally.Statuses[record.Failed] > t.Tally.Below:
		return trend{"FAIL", "failed", s.UnixTime}
	case t.Tally.Statuses[record.Unknown] > 0 || t.Tally.Tested() == 0 || len(s.Problems) > 0:
		return trend{"INCONCLUSIVE", "inconclusive", s.UnixTime}
	}
	return trend{"PASS", "passed", s.UnixTime}
}

// worstFirst orders the targets by how their latest run ended, and by name.
func worstFirst(a, b indexRow) int {
	rank := func(r indexRow) int {
		return slices.Index([]string{"FAIL", "INCONCLUSIVE", "PASS"}, r.Trend[len(r.Trend)-1].Word)
	}
	if by := rank(a) - rank(b); by != 0 {
		return by
	}
	if a.Name < b.Name {
		return -1
	}
	return 1
}

// noDate is the number of days for a waiver whose text names no date.
const noDate = 1 << 20

func daysUntil(now time.Time, text string) int {
	found := expiry.FindStringSubmatch(text)
	if found == nil {
		return noDate
	}
	until, err := time.Parse(time.DateOnly, found[1])
	if err != nil {
		return noDate
	}
	return int(until.Sub(now.UTC().Truncate(24*time.Hour)).Hours() / 24)
}
