package startup_test

import (
	"testing"

	"stalemate/suites/gotest"
	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/startup"
)

// chosen has each kind of outcome once: starts that are refused, with their controls, one
// that is degraded, one that is refused by a leftover of any PID, and a survivor.
const chosen = "digest-unfixed-posix/startup/same-pid|digest-unfixed-posix/startup/leftover-planted|digest-stock-posix/startup/same-pid|" +
	"cgid/startup/leftover-removed|mutex-flock/startup/leftover-removed|pidfile/startup/stranger|dbus/startup/leftover-removed|redis/startup"

func TestStartup(t *testing.T) {
	gotest.Run(t, plan.StartupSuite, chosen, func(p *plan.Plan, s *session.Session) { startup.Register(p, s.Campaign) })
}
