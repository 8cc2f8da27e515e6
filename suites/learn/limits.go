package learn

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// rules writes the limits. Cells with the same limit share a rule.
func rules(found []finding, s server, o Options) string {
	type group struct{ rule, weakness string } // each weakness has a comment of its own
	var order []group
	cells := map[group][]finding{}
	for _, f := range found {
		g := group{rule: f.rule(s, o)}
		if g.rule == "" {
			continue
		}
		if f.outcome == lasting {
			g.weakness = f.weak(s)
		}
		if cells[g] == nil {
			order = append(order, g)
		}
		cells[g] = append(cells[g], f)
	}
	b := &strings.Builder{}
	for _, g := range order {
		for _, line := range about(cells[g], s, o) {
			b.WriteString(comments("  ", []string{line}))
		}
		fmt.Fprintf(b, "  %q: %s\n", strings.Join(patterns(cells[g], found), "|"), g.rule)
	}
	fmt.Fprintf(b, "  \"*\": {max: %s} # for the stages that were not applicable\n", duration(o.Cap.Seconds()))
	return b.String()
}

// rule is the limit of a cell as YAML, "" if it needs no rule.
func (f finding) rule(s server, o Options) string {
	overTLS := f.cell.Listener.Proto == "https" || f.cell.Listener.Proto == "tls"
	by := s.setBy(f.cell.Stage.Name, overTLS)
	var keys []string
	switch f.outcome {
	case bounded:
		keys = append(keys, fmt.Sprintf("%s: %s", f.kind, duration(f.seconds)))
		if f.granularity > 0 {
			keys = append(keys, "granularity: "+duration(f.granularity))
		}
	case atMost:
		keys = append(keys, "max: "+duration(f.seconds))
	case lasting:
		if f.waived(o) {
			return fmt.Sprintf("{max: %s}", duration(f.seconds))
		}
		if f.timed() {
			keys = append(keys, "idle: "+duration(f.armed.seconds), "granularity: "+duration(f.armed.granularity))
			break
		}
		keys = append(keys, "at_least: "+duration(f.seconds), fmt.Sprintf("weakness: %q", f.weak(s)))
		by = "" // the text names it
	default:
		return ""
	}
	if by != "" {
		keys = append(keys, fmt.Sprintf("by: %q", by))
	}
	if f.worker > 0 {
		keys = append(keys, "worker: "+duration(f.worker))
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// waived says whether the weakness is a failure that a waiver accepts. Holds that disagree are no verdict that a waiver can name.
func (f finding) waived(o Options) bool { return f.outcome == lasting && f.why == "" && o.WaiveFor > 0 }

// timed says whether the file has the limit that a timer shows, for which learn did not wait.
func (f finding) timed() bool {
	return f.armed.seconds > f.seconds && f.armed.seconds <= longestArmed
}

// longestArmed is the longest limit that check is made to wait for, in seconds: vsftpd and Postfix have 300 s.
const longestArmed = 600

// weak says what the weakness is, and what would end such a connection.
func (f finding) weak(s server) string {
	text := "not released within " + duration(f.seconds)
	switch {
	case f.why != "":
		text = f.why
	case f.dripped:
		text += fmt.Sprintf(", while a byte came every %s", plan.TrickleInterval)
	}
	if f.timed() {
		text += fmt.Sprintf("; its process waits for at most %s", duration(f.armed.seconds))
	}
	if remedy := s.remedy(f.cell); remedy != "" {
		text += "; " + remedy
	}
	return text
}

// about is the comment above a rule.
func about(cells []finding, s server, o Options) []string {
	f := cells[0]
	var lines []string
	switch f.outcome {
	case lasting:
		lines = append(lines, "WEAKNESS: "+f.weak(s)+".")
		if f.waived(o) {
			lines = append(lines, fmt.Sprintf("A waiver accepts it until %s. After that, check fails.", o.waivedUntil()))
		}
	case atMost:
		lines = append(lines, measuredTimes(cells), strings.ToUpper(f.why[:1])+f.why[1:]+".")
	case bounded:
		lines = append(lines, measuredTimes(cells))
	}
	return lines
}

func measuredTimes(cells []finding) string {
	var all []float64
	for _, c := range cells {
		all = append(all, c.took...)
	}
	return fmt.Sprintf("Measured %.2f to %.2f s.", slices.Min(all), slices.Max(all))
}

// patterns are the shortest patterns that match these cells and no cell of another rule.
func patterns(mine, all []finding) []string {
	has := func(list []finding, listener, stage string, mode record.Mode) bool {
		return slices.ContainsFunc(list, func(f finding) bool {
			return f.outcome != unknown && (listener == "" || f.cell.Listener.Name == listener) && f.cell.Stage.Name == stage && (mode == "" || f.cell.Mode == mode)
		})
	}
	others := slices.DeleteFunc(slices.Clone(all), func(f finding) bool {
		return slices.ContainsFunc(mine, func(m finding) bool { return m.cell.Address == f.cell.Address })
	})
	written := map[string]bool{}
	var out []string
	for _, f := range mine {
		listener, stage, mode := f.cell.Listener.Name, f.cell.Stage.Name, f.cell.Mode
		pattern := listener + "/" + stage + "/" + string(mode)
		switch {
		case !has(others, "", stage, ""):
			pattern = stage
		case !has(others, "", stage, mode):
			pattern = stage + "/" + string(mode)
		case !has(others, listener, stage, ""):
			pattern = listener + "/" + stage
		}
		if !written[pattern] {
			written[pattern] = true
			out = append(out, pattern)
		}
	}
	return out
}

// duration writes seconds as in a target file: 20s, 2500ms.
func duration(seconds float64) string {
	ms := int64(math.Round(seconds * 1000))
	if ms%1000 == 0 {
		return strconv.FormatInt(ms/1000, 10) + "s"
	}
	return strconv.FormatInt(ms, 10) + "ms"
}
