package record

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Seconds writes a duration that somebody set, for people: to the millisecond, without needless places.
func Seconds(s float64) string {
	return strconv.FormatFloat(math.Round(s*1000)/1000, 'f', -1, 64) + " s"
}

// tenths writes a measured duration.
func tenths(s float64) string { return strconv.FormatFloat(s, 'f', 1, 64) }

// Expected says what the plan asks for: the limit, the window in which a release
// counts as fired, and what sets it.
func (p Plan) Expected() string {
	limit := p.Limit
	var text string
	switch {
	case limit == nil && p.Scenario != "":
		text = string(p.Expect)
	case limit == nil:
		text = "no limit"
		if p.Cap > 0 {
			text += fmt.Sprintf(", watched for %s", Seconds(p.Cap))
		}
		if p.Expect != "" && p.Expect != Fired {
			text = string(p.Expect) + ": " + text
		}
	case limit.Kind == Max:
		text = fmt.Sprintf("released within %s +%s", Seconds(limit.Seconds), Seconds(limit.Granularity+limit.TooLate))
	case limit.Kind == AtLeast:
		return fmt.Sprintf("no release before %s -%s", Seconds(limit.Seconds), Seconds(limit.TooEarly))
	default:
		text = fmt.Sprintf("%s %s, %s", limit.Kind, Seconds(limit.Seconds), limit.Tolerance())
	}
	if p.Bound != nil {
		text += fmt.Sprintf(", and within %s (%s)", Seconds(p.Bound.Seconds), p.Bound.By)
	}
	if limit != nil && p.Expect != "" && p.Expect != Fired {
		text = fmt.Sprintf("%s (limit %s)", p.Expect, text)
	}
	return text
}

// Tolerance is the tolerance as every report prints it: "-0.25 s +0.5 s, granularity 1 s".
func (l Limit) Tolerance() string {
	text := fmt.Sprintf("-%s +%s", Seconds(l.TooEarly), Seconds(l.TooLate))
	if l.Granularity > 0 {
		text += fmt.Sprintf(", granularity %s", Seconds(l.Granularity))
	}
	return text
}

// SetBy is the directive that sets the limit, and where: "client_header_timeout (nginx.conf:12)"; or "".
func (p Plan) SetBy() string {
	by, source := p.Directive, ""
	if p.Limit != nil {
		if by == "" {
			by = p.Limit.By
		}
		source = p.Limit.Source
	}
	switch {
	case by == "":
		return source
	case source == "":
		return by
	}
	return fmt.Sprintf("%s (%s)", by, source)
}

// MeasuredText says what was measured, hold by hold: "10.0, 10.1 s", "open at 25 s (2 of 2)".
func (c *Cell) MeasuredText() string {
	if c.Judgement == nil {
		return "not judged"
	}
	var times []float64
	open, unknown := 0, 0
	for _, hold := range c.Judgement.Holds {
		switch {
		case hold.Released != nil:
			times = append(times, *hold.Released)
		case hold.Measured() || c.Judgement.Verdict == Never: // of a wave in the log of an earlier version only the verdict says so
			open++
		default:
			unknown++
		}
	}
	var parts []string
	if len(times) > 0 {
		parts = append(parts, listed(times)+" s")
	}
	if open > 0 {
		text := "open"
		if c.Plan.Cap > 0 {
			text += " at " + Seconds(c.Plan.Cap)
		}
		parts = append(parts, fmt.Sprintf("%s (%d of %d)", text, open, len(c.Judgement.Holds)))
	}
	switch {
	case len(parts) == 0 && unknown > 0 && c.Judgement.Verdict == NotApplicable:
		return "nothing: no connection was held at this stage"
	case len(parts) == 0 && unknown > 0:
		return "nothing"
	case len(parts) == 0:
		return string(c.Judgement.Verdict)
	case unknown > 0:
		parts = append(parts, fmt.Sprintf("nothing (%d of %d)", unknown, len(c.Judgement.Holds)))
	}
	return strings.Join(parts, "; ")
}

// mostTimes is how many times a text lists.
const mostTimes = 20

// listed are times in seconds, or the least and the greatest of many.
func listed(times []float64) string {
	if len(times) > mostTimes {
		return fmt.Sprintf("%s to %s (%d)", tenths(slices.Min(times)), tenths(slices.Max(times)), len(times))
	}
	texts := make([]string, len(times))
	for i, one := range times {
		texts[i] = tenths(one)
	}
	return strings.Join(texts, ", ")
}

// ReleasedText says how the holds were released: "fin (2)", "http-status 408".
func (c *Cell) ReleasedText() string {
	if c.Judgement == nil {
		return ""
	}
	var order []string
	count := map[string]int{}
	for _, hold := range c.Judgement.Holds {
		by := hold.ReleasedBy()
		if by == "" {
			continue
		}
		if count[by] == 0 {
			order = append(order, by)
		}
		count[by]++
	}
	for i, by := range order {
		if len(order) > 1 {
			order[i] = fmt.Sprintf("%s (%d)", by, count[by])
		}
	}
	text := strings.Join(order, ", ")
	if worst := worstWorker(c.Judgement.Holds); worst != "" && text != "" {
		text += ", " + worst
	}
	return text
}

// worstWorker says how late the server closed its socket, which frees the worker; "" where no worker could be watched.
func worstWorker(holds []HoldResult) string {
	worst, kept, watched := 0.0, 0, 0
	for _, hold := range holds {
		switch {
		case hold.WorkerKept:
			kept++
			watched++
		case hold.Worker != nil:
			worst = max(worst, *hold.Worker)
			watched++
		}
	}
	switch {
	case watched == 0:
		return ""
	case kept > 0:
		return fmt.Sprintf("worker kept (%d of %d)", kept, watched)
	}
	return fmt.Sprintf("worker freed after %s s", strconv.FormatFloat(worst, 'f', 2, 64))
}

// Took is the time of the cell's own holds: the judgement's, else the longest hold, in seconds.
func (c *Cell) Took() float64 {
	if c.Judgement != nil && c.Judgement.Took > 0 {
		return c.Judgement.Took
	}
	longest := 0.0
	for _, hold := range c.Holds {
		longest = max(longest, hold.Lasted())
	}
	return longest
}

// Message is the one line on a cell: the judgement's own, or what is known without one.
func (c *Cell) Message() string {
	switch {
	case c.Judgement == nil:
		return "planned, but not judged"
	case c.Judgement.Message != "":
		return c.Judgement.Message
	}
	return fmt.Sprintf("measured %s, expected %s", c.MeasuredText(), c.Plan.Expected())
}

// Reason is the message without the verdict at its beginning: a reader has the verdict already.
func (c *Cell) Reason() string {
	if c.Judgement == nil {
		return c.Message()
	}
	return strings.TrimPrefix(c.Message(), string(c.Judgement.Verdict)+": ")
}

// SkippedText says why a skipped cell does not count: "waived: REASON (late: ...)", "not-applicable: REASON".
func (c *Cell) SkippedText() string {
	if c.Judgement == nil {
		return c.Message()
	}
	text := string(c.Judgement.Verdict) + ": " + c.Reason()
	if c.Judgement.Waiver != "" {
		return "waived: " + c.Judgement.Waiver + " (" + text + ")"
	}
	return text
}
