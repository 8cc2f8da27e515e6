package compare

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

func limitText(p record.Plan) string {
	if p.Limit == nil {
		return ""
	}
	text := fmt.Sprintf("limit %gs", p.Limit.Seconds)
	if p.Limit.By != "" {
		text += ", " + p.Limit.By
	}
	return text
}

// Times is the comparison of the medians: "75.0s -> 65.0s (spread 0.1s; allowed 7.5s)".
func (c Cell) Times() string {
	return fmt.Sprintf("%.1fs -> %.1fs (spread %.1fs; allowed %.1fs)", c.Baseline.Median(), c.Candidate.Median(),
		max(c.Baseline.Spread(), c.Candidate.Spread()), c.Allowed)
}

// Message is the cell in one line.
func (c Cell) Message() string {
	switch {
	case c.Kind == Inconclusive:
		return c.Why
	case c.Kind == Changed && c.Allowed > 0:
		return c.Times()
	}
	return c.Baseline.Text() + " -> " + c.Candidate.Text()
}

// telling is the line of the evidence that shows what the server came to, and else the first.
func (s Sample) telling() string {
	for _, v := range []record.Verdict{record.Refuses, record.Degraded} {
		for _, line := range s.Evidence {
			if slices.Contains(s.Verdicts, v) && strings.Contains(line, ": "+string(v)) {
				return line
			}
		}
	}
	if len(s.Evidence) > 0 {
		return s.Evidence[0]
	}
	return ""
}

// Text is a sample in one line.
func (s Sample) Text() string {
	const shown = 10 // times that stand in one line
	if s.Repeats == 0 {
		return "does not have this cell"
	}
	if s.Open > 0 && len(s.Times) == 0 {
		text := fmt.Sprintf("open at %gs (%d of %d)", s.plan().Cap, s.Open, s.Open)
		if len(s.Owners) > 0 {
			text += fmt.Sprintf(", %s still owned by %s", record.Counted(len(s.Owners), "connection"), pids(s.Owners))
		}
		if len(s.Evidence) > 0 {
			text += "; " + s.Evidence[0]
		}
		return text
	}
	if len(s.Times) == 0 {
		verdicts := map[record.Verdict]int{}
		for _, v := range s.Verdicts {
			verdicts[v]++
		}
		var parts []string
		for _, v := range record.Verdicts() {
			if verdicts[v] > 0 {
				parts = append(parts, fmt.Sprintf("%s (%d of %d)", v, verdicts[v], s.Repeats))
			}
		}
		text := strings.Join(parts, ", ")
		if line := s.telling(); line != "" {
			text += "; " + line
		}
		return text
	}
	var times []string
	for _, value := range s.Times[:min(shown, len(s.Times))] {
		times = append(times, fmt.Sprintf("%.1f", value))
	}
	text := fmt.Sprintf("%s %ss", s.word(), strings.Join(times, " "))
	if left := len(s.Times) - shown; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	if s.Open > 0 {
		text += fmt.Sprintf(", open at %gs (%d)", s.plan().Cap, s.Open)
	} else if w := s.workers(); w != "" {
		text += ", " + w
	}
	return text
}

// word is the verdict that most repeats have.
func (s Sample) word() record.Verdict {
	count := map[record.Verdict]int{}
	var best record.Verdict
	for _, v := range s.Verdicts {
		if count[v]++; count[v] > count[best] {
			best = v
		}
	}
	return best
}

// workers says whether the server's own side let go as well.
func (s Sample) workers() string {
	keeping := 0
	for _, cell := range s.cells {
		if cell.Judgement != nil && slices.ContainsFunc(cell.Judgement.Workers, func(w float64) bool { return w < 0 }) {
			keeping++
		}
	}
	if keeping > 0 {
		return fmt.Sprintf("workers kept (%d of %d)", keeping, s.Repeats)
	}
	return "workers freed"
}

func pids(all []int) string {
	unique := slices.Compact(slices.Sorted(slices.Values(all)))
	const shown = 5
	var parts []string
	for _, pid := range unique[:min(shown, len(unique))] {
		parts = append(parts, fmt.Sprint(pid))
	}
	text := "pid " + strings.Join(parts, ", ")
	if left := len(unique) - shown; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}
