package plan

import (
	"fmt"
	"strings"

	"stalemate/fixtures/target"
)

// noticeUnusedPolicy names the patterns of the policy that match no cell of the run; "" for none. This is no error, because a
// policy is for many servers. But a misspelt pattern looks the same.
func noticeUnusedPolicy(targets []*target.Target) string {
	var policy *target.Policy
	var addresses []string
	for _, t := range targets {
		if t == nil || t.Policy == nil {
			continue // nil if a saved log replaces the baseline; canaries have no policy
		}
		policy = t.Policy
		addresses = append(addresses, addressesForPatterns(t)...)
	}
	if policy == nil {
		return ""
	}
	idle := policy.Idle(addresses)
	if len(idle) == 0 {
		return ""
	}
	return fmt.Sprintf("policy %s: no cell of this run matches %s", policy.File, strings.Join(idle, ", "))
}

// maxNames is how many targets a notice names.
const maxNames = 5

// NameFew lists the first few names for a notice, and how many more there are.
func NameFew(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), more)
	}
	return strings.Join(names, ", ")
}

// notice adds a notice to every report, unless the text is "".
func (p *Plan) notice(text string) {
	if text != "" {
		p.Notices = append(p.Notices, text)
	}
}
