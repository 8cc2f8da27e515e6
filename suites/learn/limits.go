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
	var order []string
	cells := map[string][]finding{}
	for _, f := range found {
		if rule := f.rule(s, o); rule != "" {
			if cells[rule] == nil {
				order = append(order, rule)
			}
			cells[rule] = append(cells[rule], f)
		}
	}
	b := &strings.Builder{}
	for _, rule := range order {
		for _, line := range about(cells[rule], s, o) {
			b.WriteString(comments("  ", []string{line}))
		}
		fmt.Fprintf(b, "  %q: %s\n", strings.Join(patterns(cells[rule], found), "|"), rule)
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
	case lasting:
		keys = append(keys, "at_least: "+duration(f.seconds))
	case weakness:
		if o.WaiveFor > 0 {
			return fmt.Sprintf("{max: %s}", duration(o.Cap.Seconds()))
		}
		return fmt.Sprintf("{unbounded: %q}", f.weak(s))
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

// weak says what the weakness is, and the directive against it.
func (f finding) weak(s server) string {
	text := fmt.Sprintf("a byte every %s keeps the connection open for ever", plan.TrickleInterval)
	if by := s.wouldBound(f.cell.Stage.Name); by != "" {
		text += "; " + by + " would end it"
	}
	return text
}

// about is the comment above a rule.
func about(cells []finding, s server, o Options) []string {
	f := cells[0]
	var lines []string
	switch f.outcome {
	case lasting:
		text := fmt.Sprintf("The server did not close the connection within %s.", o.Cap)
		if f.why != "" {
			text = "The holds disagree: " + f.why + "."
		}
		lines = append(lines, text)
	case weakness:
		lines = append(lines, fmt.Sprintf("WEAKNESS: the server did not close the connection within %s, while a byte came every %s.", o.Cap, plan.TrickleInterval))
		if by := s.wouldBound(f.cell.Stage.Name); by != "" {
			lines = append(lines, fmt.Sprintf("In %s, %s ends such a connection.", s.name, by))
		}
		if o.WaiveFor > 0 {
			lines = append(lines, fmt.Sprintf("A waiver accepts it until %s. After that, check fails.", o.waivedUntil()))
		}
	case bounded:
		var all []float64
		for _, c := range cells {
			all = append(all, c.took...)
		}
		lines = append(lines, fmt.Sprintf("Measured %.2f to %.2f s.", slices.Min(all), slices.Max(all)))
	}
	return lines
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
