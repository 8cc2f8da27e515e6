package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/attackers"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// TrickleInterval lies between two trickled bytes. It is not a part of a whole
// second, so that no byte meets a limit of whole seconds at the same moment: who
// is first would decide between FIN and RST.
const TrickleInterval = 700 * time.Millisecond

// watchedTimes is for how many of the target's largest limits a hold is watched
// that is declared never to end.
const watchedTimes = 3

// beyondLimit is how long a hold is watched after the latest moment at which its limit can fire.
const beyondLimit = 5 * time.Second

// Addresses lists the cells of a target that its file may speak of.
// A target whose file has no limits has no cells of held connections.
func Addresses(t *fixtures.Target) []string {
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

// startsOnly says whether nothing of a target is asked but its starts: its file has no limits, and no policy gives any.
func startsOnly(t *fixtures.Target) bool {
	return len(t.Limits) == 0 && t.Policy == nil && t.Leftovers != nil
}

func address(t *fixtures.Target, l fixtures.Listener, s attackers.StageInfo, m record.Mode) string {
	return strings.Join([]string{t.Name, l.Name, s.Name, string(m)}, "/")
}

// cellsOf plans the cells of one target, in the order of its listeners and of the protocol.
func cellsOf(t *fixtures.Target) ([]*Cell, error) {
	if err := fixtures.CheckPatterns(t, Addresses(t)); err != nil {
		return nil, err
	}
	if startsOnly(t) {
		return nil, nil // only its starts are tested
	}
	largest := largestLimit(t)
	var cells []*Cell
	for _, l := range t.Listeners {
		for _, s := range stagesOf(t, l) {
			for _, m := range s.Modes {
				c := &Cell{Address: address(t, l, s, m), Target: t, Listener: l, Stage: s, Mode: m}
				rule, ok := t.LimitFor(c.Address)
				if !ok {
					return nil, fmt.Errorf("%s: cell %s has no limit: add a pattern that matches it, or \"*\"", t.File, c.Address)
				}
				c.Rule = rule
				c.Plan.Bound = t.BoundFor(c.Address)
				c.describe(largest)
				cells = append(cells, c)
			}
		}
	}
	return cells, nil
}

// describe fills in what is expected of the cell, and how long it can take.
func (c *Cell) describe(largest time.Duration) {
	c.Watch = c.Target.Cap
	c.Plan = record.Plan{Suite: TimeoutSuite, Bound: c.Plan.Bound, Overrides: c.Target.Overrides, Listener: c.Listener.Name, Stage: c.Stage.Name, Mode: c.Mode,
		File: c.Target.File, Holds: c.Target.Repeat, Expect: record.Fired, Limit: c.Rule.Limit, Canary: c.Target.Canary != ""}
	switch {
	case c.Rule.Unbounded != "":
		c.Plan.Expect, c.Plan.Reason, c.Plan.Limit = record.AsDeclared, c.Rule.Unbounded, nil
		c.Watch = max(c.Watch, min(watchedTimes*largest, c.canTrickle()))
	case c.Rule.Limit.Kind == record.AtLeast:
		c.Plan.Expect = record.AsDeclared
		c.Plan.Reason = fmt.Sprintf("held for at least %g s; how much longer is not known", c.Rule.Limit.Seconds)
		c.Watch = duration(c.Rule.Limit.Seconds + c.Rule.Limit.TooEarly) // nothing more can be learnt of it
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
		// The file's cap is longer than the file's limits; it knows nothing of a policy's.
		if allowed := duration(l.Seconds + l.Granularity + l.TooLate); allowed >= c.Watch && l.Kind != record.AtLeast {
			c.Watch = allowed + beyondLimit
		}
		if c.Mode == record.Trickle && l.Kind == record.Idle {
			c.trickleThenSilence(l)
		}
	}
	c.Plan.Cap = c.Watch.Seconds()
}

// canTrickle is for how long the cell can be held at its stage: a trickle may
// complete it. What falls silent after a few bytes (tls.record-header) stays held.
func (c *Cell) canTrickle() time.Duration {
	lasts := c.Stage.TrickleLasts(TrickleInterval)
	if c.Mode != record.Trickle || lasts <= c.Target.Cap {
		return maxWatch
	}
	return lasts
}

// maxWatch is longer than any limit of a file can ask for.
const maxWatch = 24 * time.Hour

// trickleThenSilence makes a trickle outlast an idle limit, which shows that the
// limit is not an absolute one, and then leaves it the time to fire.
func (c *Cell) trickleThenSilence(l *record.Limit) {
	limit := duration(l.Seconds)
	c.Trickle = limit + duration(l.Granularity+l.TooLate) + 2*TrickleInterval
	c.Watch = max(c.Watch, c.Trickle+2*limit)
}

// largestLimit of a target's file, on which its caps are built.
func largestLimit(t *fixtures.Target) time.Duration {
	var largest time.Duration
	for _, r := range t.Limits {
		if r.Limit != nil && r.Limit.Kind != record.AtLeast {
			largest = max(largest, duration(r.Limit.Seconds))
		}
	}
	return largest
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// onDemand are the stages that a listener has only where its file lists them; so are those of HTTP/2.
var onDemand = []string{"tls.sslv2-hello", "tls.client-certificate", "http.chunk", "http.expect-100", conversationStage}

// conversationStage is the stage of the catalogue that a file's own conversations are held at.
const conversationStage = "conversation"

// stagesOf gives the stages that a listener's protocol has and its file wants.
func stagesOf(t *fixtures.Target, l fixtures.Listener) []attackers.StageInfo {
	var mine []attackers.StageInfo
	for _, s := range attackers.Stages() {
		listed := slices.Contains(l.Stages, s.Name)
		byDefault := len(l.Stages) == 0 && !slices.Contains(onDemand, s.Name) && !strings.HasPrefix(s.Name, "h2.") &&
			fits(l.Proto, s) && asks(t.Request, s.Name)
		if listed || byDefault {
			mine = append(mine, wanted(s, l))
		}
	}
	for _, c := range l.Conversations {
		if s, ok := attackers.Stage(conversationStage); ok {
			s.Name = c.Name
			mine = append(mine, wanted(s, l))
		}
	}
	return mine
}

// wanted is a stage in the modes that a listener's file wants.
func wanted(s attackers.StageInfo, l fixtures.Listener) attackers.StageInfo {
	if len(l.Modes) > 0 {
		s.Modes = slices.DeleteFunc(slices.Clone(s.Modes), func(m record.Mode) bool { return !slices.Contains(l.Modes, m) })
	}
	return s
}

// asks says whether the file gives the path that the stage asks for: without one
// there is nothing that would read a body, or answer at length.
func asks(r fixtures.Request, stage string) bool {
	switch stage {
	case "http.body":
		return r.Body != ""
	case "http.response":
		return r.Large != ""
	}
	return true
}

// fits says whether a listener of that protocol can be held at that stage.
func fits(proto string, s attackers.StageInfo) bool {
	switch proto {
	case "http":
		return !s.NeedsTLS
	case "https":
		return true
	case "tls":
		return !s.NeedsHTTP
	}
	return !s.NeedsTLS && !s.NeedsHTTP
}
