package run

import (
	"context"
	"fmt"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// Listeners lists the listening sockets of the pod, also those on loopback. The target has to run.
func Listeners(ctx context.Context, p Server) ([]inspect.Listener, error) {
	all, err := pod.AskAll[inspect.Listener](ctx, p, pod.Inspector, wire.CommandListeners, nil)
	if err != nil {
		return nil, fmt.Errorf("list the listening sockets of pod %s: %w", p.Name(), err)
	}
	return all, nil
}

// WatchConnection has the inspector find the process that holds a connection which has reached its stage, and report when it
// closes it. The event names both ends.
func WatchConnection(inspector *pod.Conversation, e record.Event) error {
	c, err := inspect.There(e)
	if err != nil {
		return err
	}
	return inspector.Send(c)
}
