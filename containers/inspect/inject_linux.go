package inspect

import (
	"context"

	"stalemate/containers/autopsy"
	"stalemate/reports/record"
)

// inject changes a live process: it sets SA_RESTART on SIGALRM.
func (s *server) inject(i Inject) {
	s.runJob(func(ctx context.Context) func() {
		what, err := autopsy.ForceRestart(ctx, i.PID)
		return func() {
			e := record.Event{Kind: record.Injected, Note: what}
			if err != nil {
				s.fail(e, err)
				return
			}
			s.emit(e)
		}
	})
}
