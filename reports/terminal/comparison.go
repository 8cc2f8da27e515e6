package terminal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

// mostProblems is how many problems of a run a comparison shows: the other reports have them all.
const mostProblems = 3

// comparison draws the result of a comparison: the two images, every cell that is not the same, and the verdict last.
func (p *page) comparison(s record.Summary) {
	c := s.Comparison
	p.line("%s", comparisonHead(s))
	count, fails := c.Count(), map[record.Outcome]bool{}
	for _, cell := range c.Cells {
		fails[cell.Outcome] = fails[cell.Outcome] || cell.Fails()
	}
	var counts []string
	for _, outcome := range record.Outcomes() {
		counts = append(counts, fmt.Sprintf("%d %s", count[outcome], loud(string(outcome), outcome == record.OutcomeRegressed && fails[outcome])))
	}
	p.line("%s", strings.Join(counts, "  "))
	for _, outcome := range []record.Outcome{record.OutcomeRegressed, record.OutcomeChanged, record.OutcomeInconclusive, record.OutcomeFixed, record.OutcomeWaived} {
		p.outcome(c.Cells, outcome)
	}
	for i, problem := range s.Problems {
		if i == mostProblems && p.o.Most >= 0 {
			p.line("... and %d more", len(s.Problems)-i)
			break
		}
		p.wrapped("run: ", problem)
	}
	for _, notice := range s.Notices {
		p.wrapped("", notice)
	}
	if worst := worstCell(c.Cells); worst != "" {
		p.line("repro:  %s", record.Clean(c.Candidate.Again(worst)))
	}
	if len(p.o.Reports) > 0 {
		p.line("report: %s", strings.Join(p.o.Reports, " "))
	}
	p.comparisonEnd(s)
}

// comparisonHead is the first line: "edge  edge:1 -> edge:2  30s".
func comparisonHead(s record.Summary) string {
	c := s.Comparison
	same := ""
	if len(c.Baseline.Images) > 0 {
		same = c.Baseline.Images[0].Repository()
	}
	return fmt.Sprintf("%s  %s -> %s  %s", record.Clean(c.Candidate.Target), record.Clean(imageName(c.Baseline, "")),
		record.Clean(imageName(c.Candidate, same)), time.Duration(s.Wall*float64(time.Second)).Round(time.Second))
}

// worstCell is the cell whose command is shown: the first that regressed, else the first that changed. Cells that make the run fail come first.
func worstCell(cells []record.Compared) string {
	for _, wanted := range []func(record.Compared) bool{
		record.Compared.Fails,
		func(c record.Compared) bool { return c.Outcome == record.OutcomeRegressed },
		func(c record.Compared) bool { return c.Outcome == record.OutcomeChanged },
	} {
		if at := slices.IndexFunc(cells, wanted); at >= 0 {
			return cells[at].Cell
		}
	}
	return ""
}

// outcome draws the cells of one outcome. Inconclusive cells with the same reason are one entry.
func (p *page) outcome(cells []record.Compared, outcome record.Outcome) {
	var mine []record.Compared
	alike := map[string]int{} // inconclusive cells by their reason
	for _, cell := range cells {
		if cell.Outcome != outcome {
			continue
		}
		if outcome == record.OutcomeInconclusive {
			if alike[cell.Why]++; alike[cell.Why] > 1 {
				continue
			}
		}
		mine = append(mine, cell)
	}
	shown := p.shown(len(mine))
	for _, cell := range mine[:shown] {
		p.compared(cell, alike[cell.Why])
	}
	if left := len(mine) - shown; left > 0 {
		p.line("... and %d more %s", left, outcome)
	}
}

// compared draws one cell. An inconclusive one stands for all that are so for its reason.
func (p *page) compared(c record.Compared, alike int) {
	word := strings.TrimSpace(loud(string(c.Outcome), c.Outcome == record.OutcomeRegressed && c.Fails()) + " " + string(c.Severity))
	head := fmt.Sprintf("%-15s %-30s", word, record.Clean(c.Cell))
	switch {
	case c.Outcome == record.OutcomeInconclusive && alike > 1:
		p.wrapped(fmt.Sprintf("%s and %d more: ", strings.TrimRight(head, " "), alike-1), c.Why)
	case c.Outcome == record.OutcomeInconclusive:
		p.wrapped(head+" ", c.Why)
	case c.Outcome == record.OutcomeChanged && c.Allowed > 0:
		p.line("%s %s", head, c.Times())
	default:
		if limit := limitText(c.Limit); limit != "" {
			head += " " + record.Clean(limit)
		}
		p.line("%s", head)
		p.wrapped("  baseline   ", c.Baseline.Text)
		p.wrapped("  candidate  ", c.Candidate.Text)
	}
}

// loud writes what makes the run fail in capitals.
func loud(word string, fails bool) string {
	if fails {
		return strings.ToUpper(word)
	}
	return word
}

func limitText(l *record.Limit) string {
	if l == nil {
		return ""
	}
	text := fmt.Sprintf("limit %gs", l.Seconds)
	if l.By != "" {
		text += ", " + l.By
	}
	return text
}

// digits is how much of a digest a person is shown; every other report has all of it.
const digits = 12

var longHash = regexp.MustCompile(fmt.Sprintf("(sha256:[0-9a-f]{%d})[0-9a-f]+", digits))

// imageName names the image of a side: by its digest, else by tag and the engine's ID, and by its version if it has
// one. The repository is left out if it is the same as the other side's.
func imageName(b record.Build, same string) string {
	if len(b.Images) == 0 {
		return "?"
	}
	image := b.Images[0]
	name := image.Exact()
	if image.Repository() == same {
		name = strings.TrimPrefix(name, same)
	}
	if name == "" {
		name = same // no tag, no digest
	}
	var more []string
	if image.Digest == "" {
		more = append(more, image.ID)
	}
	if image.Version != "" {
		more = append(more, image.Version)
	}
	if b.Saved != "" {
		more = append(more, "saved run "+b.Saved)
	}
	if len(more) > 0 {
		name += " (" + strings.Join(more, ", ") + ")"
	}
	return longHash.ReplaceAllString(name, "$1")
}
