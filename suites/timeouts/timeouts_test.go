package timeouts_test

import (
	"testing"

	"stalemate/suites/gotest"
	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/timeouts"
)

// chosen has each kind of target once: limits that are met, a declared weakness,
// the reported fault with its control, and the same fault in a present server.
const chosen = "nginx|apache-event|apache-event-handshake|vintage-unsafe-rsignal-flag|plack-*"

func TestTimeouts(t *testing.T) {
	gotest.Run(t, plan.TimeoutSuite, chosen, func(p *plan.Plan, s *session.Session) { timeouts.Register(p, s.Campaign) })
}
