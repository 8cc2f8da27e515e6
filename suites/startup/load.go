package startup

import (
	"context"

	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

func question(u *scenarioPod, listener int) wire.ProbeRequest {
	return run.NewProbe(u.pod.Address(), u.Target, u.Target.Listeners[listener])
}

// load has the pod's attacker ask again and again, and tells each answer. It closes answers at its end.
func load(ctx context.Context, p pod.Runner, q wire.ProbeRequest, answers chan<- wire.ProbeResult) error {
	defer close(answers)
	return pod.AskEach(ctx, p, pod.Attacker, wire.CommandProbe, q, func(result wire.ProbeResult) error {
		select {
		case answers <- result:
		default:
		}
		return nil
	})
}
