package terminal

import (
	"fmt"
	"sort"
	"strings"

	"stalemate/reports/record"
)

// group collects cells under what they have in common, in the order of the run.
type group struct {
	order []string
	cells map[string][]string
}

func (g *group) add(key, address string) {
	if g.cells == nil {
		g.cells = map[string][]string{}
	}
	if g.cells[key] == nil {
		g.order = append(g.order, key)
	}
	g.cells[key] = append(g.cells[key], address)
}

// lines names each key with the first of its cells and their number.
func (g *group) lines() []string {
	const named = 3 // addresses in one line
	var lines []string
	for _, key := range g.order {
		cells := g.cells[key]
		text := strings.Join(cells[:min(named, len(cells))], ", ")
		if left := len(cells) - named; left > 0 {
			text += fmt.Sprintf(" and %d more", left)
		}
		if len(cells) > 1 {
			text += fmt.Sprintf(" (%d)", len(cells))
		}
		lines = append(lines, key+": "+text)
	}
	return lines
}

func declaredHeading(s record.Summary) string {
	longest := 0.0
	for _, cell := range s.Cells() {
		if judgement := cell.Judgement; judgement != nil && judgement.Verdict == record.AsDeclared {
			longest = max(longest, cell.Took())
		}
	}
	return fmt.Sprintf("As declared: %s with a declared weakness (watched for up to %.0f s)", record.Counted(s.Tally.Verdicts[record.AsDeclared], "cell"), longest)
}

func declared(s record.Summary) []string {
	var g group
	for _, cell := range s.Cells() {
		if judgement := cell.Judgement; judgement != nil && judgement.Verdict == record.AsDeclared {
			reason := cell.Plan.Reason
			if reason == "" {
				reason = judgement.Message
			}
			g.add(reason, cell.Address)
		}
	}
	return g.lines()
}

func reproduced(s record.Summary) []string {
	var lines []string
	for _, cell := range s.Cells() {
		if cell.Reproduced {
			line := fmt.Sprintf("%s  %s", cell.Address, cell.Judgement.Verdict)
			because := ""
			for _, autopsy := range cell.Autopsies {
				if cell.Plan.Scenario == "" { // a scenario's own account says more
					because = ": " + autopsy.Class + ", " + autopsy.Because
				}
			}
			if because == "" && cell.Judgement.Message != "" {
				because = ": " + cell.Judgement.Message
			}
			lines = append(lines, line+because)
		}
	}
	return lines
}

func skipped(s record.Summary) []string {
	var g group
	for _, cell := range s.Cells() {
		if cell.Status != record.Skipped || cell.Judgement == nil {
			continue
		}
		key := string(cell.Judgement.Verdict)
		why := cell.Judgement.Message
		if cell.Judgement.Waiver != "" {
			key, why = "waived "+key, cell.Judgement.Waiver
		}
		if why != "" {
			key += " (" + strings.TrimPrefix(why, key+": ") + ")"
		}
		g.add(key, cell.Address)
	}
	return g.lines()
}

func injected(s record.Summary) []string {
	var g group
	for _, target := range s.Targets {
		for _, note := range target.Injections {
			where := target.Name
			if note.Cell != "" {
				where = note.Cell
			}
			g.add(note.Note, where)
		}
	}
	return g.lines()
}

func batches(s record.Summary) []string {
	var lines []string
	waited := 0.0
	for _, batch := range s.Batches {
		waited += batch.Longest
		took := "did not end"
		if batch.Ended != nil {
			took = fmt.Sprintf("%.1f s, longest hold %.1f s", *batch.Ended-batch.Started, batch.Longest)
		}
		lines = append(lines, fmt.Sprintf("%d: %d holds on %d targets: %s, %.1f s planned", batch.Number, batch.Holds, batch.Targets, took, batch.Planned))
	}
	if len(s.Batches) > 1 && s.Ended {
		lines = append(lines, fmt.Sprintf("longest holds of all batches together: %.1f s; from the first pod to the end of the run: %.1f s",
			waited, s.Wall-s.Batches[0].Started))
	}
	return lines
}

// bounds are the resources that targets may use.
func bounds(s record.Summary) []string {
	var g group
	for _, target := range s.Targets {
		for _, pod := range target.Pods {
			if len(pod.Resources) > 0 {
				g.add(strings.Join(pod.Resources, ", "), target.Name)
				break
			}
		}
	}
	return g.lines()
}

func granted(s record.Summary) []string {
	var g group
	for _, target := range s.Targets {
		seen := map[string]bool{}
		for _, pod := range target.Pods {
			for _, capability := range pod.Capabilities {
				if !seen[capability] {
					seen[capability] = true
					g.add(capability, target.Name)
				}
			}
		}
	}
	return g.lines()
}

func tolerances(s record.Summary) []string {
	count := map[string]int{}
	for _, cell := range s.Cells() {
		if limit := cell.Plan.Limit; limit != nil && !cell.Plan.Canary {
			count[limit.Tolerance()]++
		}
	}
	var keys []string
	for key := range count {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		if count[keys[i]] != count[keys[j]] {
			return count[keys[i]] > count[keys[j]]
		}
		return keys[i] < keys[j]
	})
	for i, key := range keys {
		keys[i] = fmt.Sprintf("%s (%s)", key, record.Counted(count[key], "cell"))
	}
	return keys
}
