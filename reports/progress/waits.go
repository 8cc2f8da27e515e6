package progress

import (
	"fmt"
	"math"
	"strings"
	"time"

	"stalemate/reports/record"
)

// wait is a hold that is open, and when it should end at the latest.
type wait struct {
	cell  string
	until int64 // CLOCK_MONOTONIC, nanoseconds
}

// notReady is a pod whose server does not answer yet.
type notReady struct {
	target, why string
	since       int64 // CLOCK_MONOTONIC, nanoseconds
}

// topic is one thing that the run waits for. Its kind stays the same while only its figures change.
type topic struct{ kind, text string }

// topics are what the run waits for at the moment now, the most useful one first.
func (s *state) topics(now int64) []topic {
	var all []topic
	add := func(kind, format string, args ...any) { all = append(all, topic{kind, fmt.Sprintf(format, args...)}) }
	building, started := s.preparing()
	pods := len(s.targets) - len(s.missing)
	if first, more := s.longestNotReady(); first.target != "" {
		others := ""
		if more > 0 {
			others = fmt.Sprintf(" and %d more", more)
		}
		add("not ready "+first.target+first.why, "%s%s: not ready yet, %s, %.0f s", first.target, others, first.why, time.Duration(now-first.since).Seconds())
	}
	switch {
	case building != "":
		text := fmt.Sprintf("preparing images, %d of %d ready: %s", len(s.images), pods, building)
		if s.doing != "" {
			text += "; " + s.doing
		}
		add("images "+building, "%s", text)
	case started < pods:
		add("pods", "starting %d of %d pods", started, pods)
	}
	if len(s.open) > 0 {
		cell, still := s.last(now)
		if still >= 0 {
			add("holding", "holding %s, up to %.0f s more: %s", record.Counted(len(s.open), "connection"), math.Ceil(still.Seconds()), cell)
		} else {
			add("overdue "+cell, "holding %s, %.0f s longer than planned: %s", record.Counted(len(s.open), "connection"), -still.Seconds(), cell)
		}
	}
	if s.forcing != "" {
		add("starts", "%s", s.forcing)
	}
	if len(all) == 0 && s.planned > 0 {
		if len(s.judged) >= s.planned {
			add("end", "removing the pods")
		} else if left := s.unjudged(); left != "" {
			add("cell "+left, "working on %s", left)
		}
	}
	return all
}

// line says how far the run is and what it waits for at the moment now, and about. Both are "" before the run and after it.
func (s *state) line(now int64) (line, about string) {
	if s.began == 0 || s.ended {
		return "", ""
	}
	var texts []string
	if len(s.judged) > 0 {
		texts = append(texts, fmt.Sprintf("judged %d of %d cells", len(s.judged), s.planned))
	}
	for _, one := range s.topics(now) {
		texts = append(texts, one.text)
		about += one.kind + "\n"
	}
	return fmt.Sprintf("%3.0f s  %s", time.Duration(now-s.began).Seconds(), record.Clean(strings.Join(texts, "; "))), about
}

// longestNotReady is the pod that has waited longest for its server, and how many others wait.
func (s *state) longestNotReady() (first notReady, more int) {
	for _, one := range s.notReady {
		if first.target == "" || one.since < first.since || one.since == first.since && one.target < first.target {
			first = one
		}
	}
	return first, max(0, len(s.notReady)-1)
}

// unjudged is the first cell of the plan that has no judgement.
func (s *state) unjudged() string {
	for _, cell := range s.cells {
		if !s.judged[cell] {
			return cell
		}
	}
	return ""
}

// last is the open hold that ends last, and how long that will take.
func (s *state) last(now int64) (cell string, still time.Duration) {
	until := int64(math.MinInt64)
	for _, hold := range s.open {
		if hold.until > until || hold.until == until && hold.cell < cell {
			cell, until = hold.cell, hold.until
		}
	}
	return cell, time.Duration(until - now)
}
