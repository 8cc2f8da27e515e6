package exhaustion_test

import (
	"testing"

	"stalemate/suites/exhaustion"
	"stalemate/suites/gotest"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

func TestExhaustion(t *testing.T) {
	gotest.Run(t, plan.ExhaustionSuite, "*/exhaustion", func(p *plan.Plan, s *session.Session) { exhaustion.Register(p, s.Campaign) })
}
