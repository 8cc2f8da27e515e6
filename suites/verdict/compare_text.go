package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// text is a sample in one line.
func (s sample) text() string {
	switch {
	case s.repeats() == 0:
		return "does not have this cell"
	case s.open > 0 && len(s.times) == 0:
		return s.openText()
	case len(s.times) == 0:
		return s.verdictText()
	}
	const shown = 10 // times that stand in one line
	var times []string
	for _, value := range s.times[:min(shown, len(s.times))] {
		times = append(times, fmt.Sprintf("%.1f", value))
	}
	text := fmt.Sprintf("%s %ss", s.word(), strings.Join(times, " "))
	if left := len(s.times) - shown; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	if s.open > 0 {
		return text + fmt.Sprintf(", open at %gs (%d)", s.plan().Cap, s.open)
	}
	return text + ", " + s.workers()
}

// openText is that of a cell whose holds were not released.
func (s sample) openText() string {
	text := fmt.Sprintf("open at %gs (%d of %d)", s.plan().Cap, s.open, s.open)
	if len(s.owners) > 0 {
		text += fmt.Sprintf(", %s still owned by %s", record.Counted(len(s.owners), "connection"), pids(s.owners))
	}
	if len(s.evidence) > 0 {
		text += "; " + s.evidence[0]
	}
	return text
}

// verdictText is that of a cell without times: of a start, for instance.
func (s sample) verdictText() string {
	count := map[record.Verdict]int{}
	for _, v := range s.verdicts {
		count[v]++
	}
	var parts []string
	for _, v := range record.Verdicts() {
		if count[v] > 0 {
			parts = append(parts, fmt.Sprintf("%s (%d of %d)", v, count[v], s.repeats()))
		}
	}
	text := strings.Join(parts, ", ")
	if line := s.telling(); line != "" {
		text += "; " + line
	}
	return text
}

// telling is the line of the evidence that names the verdict, else the first line.
func (s sample) telling() string {
	for _, v := range []record.Verdict{record.Refuses, record.Degraded, record.Late} {
		for _, line := range s.evidence {
			if slices.Contains(s.verdicts, v) && strings.Contains(line, ": "+string(v)) {
				return line
			}
		}
	}
	if len(s.evidence) > 0 {
		return s.evidence[0]
	}
	return ""
}

// word is the verdict that most repeats have.
func (s sample) word() record.Verdict {
	count := map[record.Verdict]int{}
	var best record.Verdict
	for _, v := range s.verdicts {
		if count[v]++; count[v] > count[best] {
			best = v
		}
	}
	return best
}

// workers says whether the server freed its workers as well.
func (s sample) workers() string {
	keeping := 0
	for _, cell := range s.cells {
		if cell.Judgement != nil && slices.ContainsFunc(cell.Judgement.Holds, func(h record.HoldResult) bool { return h.WorkerKept }) {
			keeping++
		}
	}
	if keeping > 0 {
		return fmt.Sprintf("workers kept (%d of %d)", keeping, s.repeats())
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
