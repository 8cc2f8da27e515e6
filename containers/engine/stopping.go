package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// RoleAttacker is the value of LabelRole of the containers that stalemate alone ends, and then removes at once.
const RoleAttacker = "attacker"

// stopSeenWithin is how long after the end of a server the end of an attacker is seen, where the engine stops both: it stops all
// containers at the same time.
const stopSeenWithin = time.Second

// Stopping is why the engine itself may have ended the servers of a run: it stops its containers, or does not answer. An engine that
// is stopped answers until its containers have ended.
func (e *Engine) Stopping(ctx context.Context, run string) error {
	seen := time.NewTimer(stopSeenWithin)
	defer seen.Stop()
	select {
	case <-seen.C:
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answersWithin)
	defer cancel()
	attackers := make(client.Filters).Add("label", LabelRun+"="+run, LabelRole+"="+RoleAttacker)
	list, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: attackers})
	if err != nil {
		return fmt.Errorf("the container engine does not answer: %w", err)
	}
	for _, c := range list.Items {
		if c.State == container.StateExited || c.State == container.StateDead {
			return errors.New("the container engine has stopped other containers of the run too")
		}
	}
	return nil
}
