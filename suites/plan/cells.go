package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// TrickleInterval is the time between two trickled bytes. Its first multiple of a whole second is 7 s: if a byte arrived exactly
// when a limit of whole seconds fires, chance would decide between FIN and RST.
const TrickleInterval = 700 * time.Millisecond

// unboundedWatchFactor times the target's largest limit is how long a hold is watched that is declared as unbounded.
const unboundedWatchFactor = 3

// beyondLimit is how long a hold is watched after the latest time at which its limit can fire.
const beyondLimit = 5 * time.Second

// Addresses lists the addresses of a target's cells with held connections. A target without limits has none.
func Addresses(t *target.Target) []string {
	var all []string
	if startsOnly(t) {
		return nil
	}
	for _, l := range t.Listeners {
		for _, s := range stagesOf(t, l) {
			for _, m := range s.Modes {
				all = append(all, address(t, l, s, m))
			}
		}
	}
	return all
}

// startsOnly says whether only the starts of a target are tested: neither its file nor a policy has limits.
func startsOnly(t *target.Target) bool {
	return len(t.Limits) == 0 && t.Policy == nil && t.Leftovers != nil
}

func address(t *target.Target, l target.Listener, s stages.Stage, m record.Mode) string {
	return strings.Join([]string{t.Name, l.Name, s.Name, string(m)}, "/")
}

// cellsOf plans the cells of one target, in the order of its listeners and of the stages of their protocols.
func cellsOf(t *target.Target) ([]*Cell, error) {
	if err := target.CheckPatterns(t, addressesForPatterns(t)); err != nil {
		return nil, err
	}
	if startsOnly(t) {
		return nil, nil
	}
	largest := largestLimit(t)
	var cells []*Cell
	for _, l := range t.Listeners {
		for _, s := range stagesOf(t, l) {
			for _, m := range s.Modes {
				c, ok := newCell(t, l, s, m, largest)
				if !ok {
					return nil, fmt.Errorf("%s: cell %s has no limit: add a pattern that matches it, or \"*\"", t.File, c.Address)
				}
				if c.Plan.Limit != nil && c.Plan.Limit.ReleasedBy != "" && !s.HearsText(unreadAt(l, s)) {
					return nil, fmt.Errorf("%s: cell %s: its limit has released_by, and at this stage stalemate hears no text: remove released_by, or write another pattern",
						t.File, c.Address)
				}
				cells = append(cells, c)
			}
		}
	}
	for _, m := range perLimit() {
		cells = append(cells, oncePerLimit(t, m, largest)...)
	}
	return cells, nil
}

// newCell plans one cell. The second result is false if neither the file nor a policy has a limit for it.
func newCell(t *target.Target, l target.Listener, s stages.Stage, m record.Mode, largest time.Duration) (*Cell, bool) {
	c := &Cell{Address: address(t, l, s, m), Target: t, Listener: l, Stage: s, Mode: m}
	rule, ok := t.LimitFor(c.Address)
	if !ok {
		return c, false
	}
	c.Rule = rule
	c.Plan.Bound = t.BoundFor(c.Address)
	c.planExpectation(largest)
	return c, true
}

// planExpectation plans what is expected of the cell, and how long it is watched.
func (c *Cell) planExpectation(largest time.Duration) {
	c.Watch = c.Target.Cap
	c.Plan = record.Plan{Suite: TimeoutSuite, Bound: c.Plan.Bound, Overrides: c.Target.Overrides, Listener: c.Listener.Name, Stage: c.Stage.Name, Mode: c.Mode,
		File: c.Target.File, Holds: c.repeat(), Expect: record.Fired, Limit: c.Rule.Limit, Canary: c.Target.Canary != ""}
	switch {
	case c.Rule.Unbounded != "":
		c.Plan.Expect, c.Plan.Reason, c.Plan.Limit = record.AsDeclared, c.Rule.Unbounded, nil
		c.Watch = max(c.Watch, min(unboundedWatchFactor*largest, c.longestHold()))
	case c.Rule.Limit.Kind == record.AtLeast:
		c.Plan.Expect = record.AsDeclared
		c.Plan.Reason = fmt.Sprintf("held for at least %g s; how much longer is not known", c.Rule.Limit.Seconds)
		if c.Rule.Weakness != "" {
			c.Plan.Reason = c.Rule.Weakness
		}
		c.Watch = duration(c.Rule.Limit.Seconds + c.Rule.Limit.TooEarly) // a longer hold shows nothing more
	case c.Rule.Expect != "":
		c.Plan.Expect, c.Plan.Reason = c.Rule.Expect, c.Rule.Evidence
	}
	switch c.Target.Canary {
	case "false-limit":
		c.Plan.Expect = record.Early
	case "never-releases":
		c.Plan.Expect = record.Never
	}
	if l := c.Plan.Limit; l != nil {
		c.Plan.Directive = l.By
		// The file's cap is longer than the file's limits, but maybe not than those of a policy.
		allowed := duration(l.Seconds + l.Granularity + l.TooLate)
		if allowed >= c.Watch && l.Kind != record.AtLeast {
			c.Watch = allowed + beyondLimit
		}
		switch {
		case c.Mode == record.Trickle && l.Kind == record.Idle:
			c.trickleThenSilence(l)
		case c.Mode == record.Later: // it begins when the run could be over
			c.Watch = min(c.Watch, allowed+beyondLimit)
		}
	}
	c.Plan.Cap = c.Watch.Seconds()
}

// repeat is how many connections the cell holds. A pod may have room for more of a later cell, see fillLater.
func (c *Cell) repeat() int {
	if slices.Contains(perLimit(), c.Mode) {
		return 1
	}
	return repeats(c.Target)
}

// repeats is how many connections of one cell a pod of the target holds: at most half of what the server serves at the same time,
// which for a server that serves one client after the other is one.
func repeats(t *target.Target) int { return min(t.Repeat, max(1, t.Capacity/2)) }

// longestHold is how long the cell can stay at its stage: a long trickle completes the message. A stage whose trickle ends after
// a few bytes (tls.record-header) is held all the same.
func (c *Cell) longestHold() time.Duration {
	lasts := c.Stage.TrickleLasts(c.Interval())
	if c.Mode != record.Trickle || lasts <= c.Target.Cap {
		return maxWatch
	}
	return lasts
}

// maxWatch is longer than any limit.
const maxWatch = 24 * time.Hour

// unreadAt says whether the client reads nothing at this conversation of a listener.
func unreadAt(l target.Listener, s stages.Stage) bool {
	return slices.ContainsFunc(l.Conversations, func(c target.Conversation) bool { return c.Name == s.Name && c.Unread })
}

// Interval is the time between two trickled bytes.
func (c *Cell) Interval() time.Duration {
	for _, described := range c.Listener.Conversations {
		if own := described.Trickle; described.Name == c.Stage.Name && own != nil && own.Every > 0 {
			return own.Every
		}
	}
	return TrickleInterval
}

// trickleThenSilence plans a trickle that is longer than an idle limit, which shows that each byte restarts the timer. Then it
// plans silence, in which the limit fires.
func (c *Cell) trickleThenSilence(l *record.Limit) {
	limit := duration(l.Seconds)
	c.Trickle = limit + duration(l.Granularity+l.TooLate) + 2*c.Interval()
	c.Watch = max(c.Watch, c.Trickle+2*limit)
}

// largestLimit is the largest limit in a target's file.
func largestLimit(t *target.Target) time.Duration {
	var largest time.Duration
	for _, r := range t.Limits {
		if r.Limit != nil && r.Limit.Kind != record.AtLeast {
			largest = max(largest, duration(r.Limit.Seconds))
		}
	}
	return largest
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// stagesOf are the stages of a listener's protocol that the target's file selects.
func stagesOf(t *target.Target, l target.Listener) []stages.Stage {
	var selected []stages.Stage
	for _, s := range stages.For(l.Proto) {
		byDefault := len(l.Stages) == 0 && s.Presence == stages.ByDefault && hasPath(t.Request, s.Needs)
		if byDefault || slices.Contains(l.Stages, s.Name) {
			selected = append(selected, inModesOf(s, l))
		}
	}
	for _, c := range l.Conversations {
		if s, ok := stages.Named(stages.Conversation); ok {
			s.Name = c.Name
			if own := c.Trickle; own != nil {
				s.TrickleBytes = own.Count
				if own.Count == 0 {
					s.Modes = []record.Mode{record.Silent}
				}
			}
			selected = append(selected, inModesOf(s, l))
		}
	}
	return selected
}

// inModesOf is a stage with those of its modes that the listener selects.
func inModesOf(s stages.Stage, l target.Listener) stages.Stage {
	if len(l.Modes) > 0 {
		s.Modes = slices.DeleteFunc(s.Modes, func(m record.Mode) bool { return !slices.Contains(l.Modes, m) })
	}
	return s
}

// hasPath says whether the file has the path that a stage needs: one that reads a body, or one with a large answer.
func hasPath(r target.Request, needed stages.Path) bool {
	switch needed {
	case stages.BodyPath:
		return r.Body != ""
	case stages.LargePath:
		return r.Large != ""
	}
	return true
}
