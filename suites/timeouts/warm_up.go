package timeouts

import (
	"context"
	"fmt"

	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// warmUp opens all connections of a pod until the server serves them, and closes them. A server that starts workers on demand has
// started them then. One that makes each burst of clients wait does so again.
func warmUp(ctx context.Context, p *run.Pod, plan wire.Plan) error {
	a := newAsked(ctx, p)
	defer a.inspector.End()
	for range fillTries {
		f, err := a.fillOnce(ctx, plan, nil, fillSettles)
		if err != nil {
			return fmt.Errorf("open the connections of target %s, so that it starts workers: %w", p.Unit.Target.Name, err)
		}
		if _, err := a.awaitClosed(ctx, nil); err != nil {
			return fmt.Errorf("close the connections of target %s: %w", p.Unit.Target.Name, err)
		}
		if !f.Short() {
			break
		}
	}
	return nil
}
