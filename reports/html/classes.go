package html

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

func classOf(v record.Verdict) string {
	switch v {
	case record.Fired, record.Starts, record.Serves:
		return "passed"
	case record.AsDeclared:
		return "declared"
	case record.NotRun, record.NotApplicable:
		return "skipped"
	case record.Inconclusive:
		return "inconclusive"
	}
	return "failed"
}

func cellClass(c *record.Cell) string {
	switch {
	case c.Status == record.Failed:
		return "failed"
	case c.Status == record.Unknown:
		return "inconclusive"
	case c.Status == record.Skipped:
		return "skipped"
	case c.Reproduced || c.Judgement != nil && c.Judgement.Verdict == record.AsDeclared:
		return "declared"
	}
	return "passed"
}

func cellVerdict(c *record.Cell) string {
	switch {
	case c.Plan.Canary && c.Status == record.Passed:
		return "canary, caught"
	case c.Plan.Canary:
		return "canary, not caught"
	case c.Judgement == nil:
		return "not judged"
	case c.Reproduced:
		return string(c.Judgement.Verdict) + ", reproduced"
	case c.Status == record.Skipped && c.Judgement.Waiver != "":
		return string(c.Judgement.Verdict) + ", waived"
	}
	return string(c.Judgement.Verdict)
}

// meaning is what is shown when the verdict is pointed at.
func meaning(c *record.Cell) string {
	if c.Judgement == nil {
		return "The cell was planned, and has no verdict. This is never green."
	}
	text := c.Judgement.Verdict.Meaning()
	if c.Reproduced {
		text += " This was expected: the server is known to be bad."
	}
	return text
}

func functions(s record.Summary) template.FuncMap {
	return template.FuncMap{
		"counts":   counts,
		"class":    cellClass,
		"verdict":  cellVerdict,
		"meaning":  meaning,
		"kind":     outcomeClass,
		"timeline": timeline,
		"strip":    strip,
		"wave":     wave,
		"starts":   func(c *record.Cell) *lanes { return startLanes(s, c) },
		"appeared": func(c *record.Cell) []appeared { return appearedIn(s, c) },
		"more":     func(c *record.Cell) bool { return hasMore(s, c) },
		"first":    func(i int) bool { return i < mostOpen },
		"secs":     func(v float64) string { return fmt.Sprintf("%.1f s", v) },
		"at": func(v *float64) string {
			if v == nil {
				return "-"
			}
			return fmt.Sprintf("%.1f s", *v)
		},
		"date": func(unix int64) string {
			if unix == 0 {
				return "no date"
			}
			return time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05 UTC")
		},
		"clock":    func(c *record.Cell) string { return heldAt(s.UnixTime, c) },
		"days":     func(waiver string) string { return daysLeft(s.UnixTime, waiver) },
		"short":    func(c *record.Cell) string { return strings.TrimPrefix(c.Address, c.Target+"/") },
		"join":     func(list []string) string { return strings.Join(list, ", ") },
		"listed":   listed,
		"red":      func(t *record.Target) bool { return slices.ContainsFunc(t.Cells(), listed) },
		"evidence": evidence,
		"row":      func(c *record.Cell) template.URL { return fragment("c-" + c.Address) },
		"cardOf":   func(c *record.Cell) template.URL { return fragment("f-" + c.Address) },
		"setby":    setBy,
	}
}

// fragment is a link to an element of the page. The template would write each slash as %2f.
func fragment(id string) template.URL {
	return template.URL("#" + strings.ReplaceAll(url.PathEscape(id), "%2F", "/"))
}

// listed says whether a cell has a card under "What failed".
func listed(c *record.Cell) bool { return c.Status == record.Failed || c.Status == record.Unknown }

// evidence is that of a cell; of one that is as it should be only the beginning.
func evidence(c *record.Cell) []string {
	all := c.Judgement.Evidence
	if listed(c) {
		return all
	}
	short := make([]string, 0, mostEvidence)
	for _, line := range all[:min(len(all), mostEvidence)] {
		if runes := []rune(line); len(runes) > longestEvidence {
			line = string(runes[:longestEvidence]) + " ..."
		}
		short = append(short, line)
	}
	return short
}

// setBy is the directive that sets the limit and the line of the target file: every row of a target has the same file.
func setBy(c *record.Cell) string {
	return strings.Replace(c.Plan.SetBy(), "("+c.Plan.File+":", "(line ", 1)
}

// mostEvidence is how many lines of evidence a cell shows that is as it should be. The JSON report has all of them.
const (
	mostEvidence    = 3
	longestEvidence = 160 // characters
)

// heldAt is the time of day at which the cell's connections were held: "14:13:22 to 14:13:47 UTC"; "" where nothing was connected.
func heldAt(unix int64, c *record.Cell) string {
	first, last := -1.0, -1.0
	for _, h := range c.Holds {
		if h.Connected != nil && (first < 0 || *h.Connected < first) {
			first = *h.Connected
		}
		for _, end := range []*float64{h.Released, h.Watched} {
			if end != nil {
				last = max(last, *end)
			}
		}
	}
	if unix == 0 || first < 0 || last < first {
		return ""
	}
	day := func(at float64) string {
		return time.Unix(unix, 0).Add(time.Duration(at * float64(time.Second))).UTC().Format(time.TimeOnly)
	}
	return day(first) + " to " + day(last) + " UTC"
}

// expiry is how the text of a waiver ends.
var expiry = regexp.MustCompile(`expires (\d{4}-\d{2}-\d{2})`)

// daysLeft is how long after the run a waiver expires: "128 days left"; "" where its text names no date.
func daysLeft(unix int64, waiver string) string {
	found := expiry.FindStringSubmatch(waiver)
	if found == nil || unix == 0 {
		return ""
	}
	until, err := time.Parse(time.DateOnly, found[1])
	if err != nil {
		return ""
	}
	return record.Counted(int(until.Sub(time.Unix(unix, 0).UTC()).Hours()/24)+1, "day") + " left"
}
