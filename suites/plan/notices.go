package plan

import (
	"fmt"
	"strings"

	"stalemate/fixtures"
)

// idlePolicy names the patterns of the run's policy that bound nothing in it, "" where
// there are none. A policy is for a whole fleet, so that this is no fault; but a name
// that is misspelt looks the same.
func idlePolicy(targets []*fixtures.Target) string {
	var policy *fixtures.Policy
	var addresses []string
	for _, t := range targets {
		if t == nil || t.Policy == nil {
			continue // a canary, or a saved baseline
		}
		policy = t.Policy
		addresses = append(addresses, Addresses(t)...)
	}
	if policy == nil {
		return ""
	}
	idle := policy.Idle(addresses)
	if len(idle) == 0 {
		return ""
	}
	return fmt.Sprintf("policy %s bounds nothing here with %s: no target of this run has such a cell", policy.File, strings.Join(idle, ", "))
}

// namedAtMost is how many targets a notice names.
const namedAtMost = 5

// Named lists names for a notice: the first few, and how many more there are.
func Named(names []string) string {
	if more := len(names) - namedAtMost; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namedAtMost], ", "), more)
	}
	return strings.Join(names, ", ")
}

// notice adds what every report is to tell; nothing for "".
func (p *Plan) notice(text string) {
	if text != "" {
		p.Notices = append(p.Notices, text)
	}
}
