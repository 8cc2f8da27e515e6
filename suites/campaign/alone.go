package campaign

import (
	"context"
	"encoding/json"
	"fmt"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// Alone starts one pod of a target outside of any plan: its services answer, the
// target itself is not up yet. The caller closes the pod.
func (c *Campaign) Alone(ctx context.Context, t *fixtures.Target, name string) (*pod.Pod, error) {
	made := &images{targets: map[string]made{}}
	made.ref, made.err = c.Images.Helper(ctx)
	made.build(ctx, c, []*fixtures.Target{t})
	refs, err := made.of(ctx, t)
	if err != nil {
		return nil, err
	}
	spec, err := podSpec(c.Run, name, t, refs)
	if err != nil {
		return nil, err
	}
	p, err := pod.Start(ctx, c.Engine, spec, func(e record.Event) {
		e.Target, e.Pod = t.Name, name
		c.Log.Write(e)
	})
	if err != nil {
		return nil, err
	}
	if err := servicesReady(ctx, p, t); err != nil {
		return p, err
	}
	return p, nil
}

// Listeners are the sockets of the pod that take connections, those on the
// loopback among them. The target must be up.
func Listeners(ctx context.Context, p *pod.Pod) ([]inspect.Listener, error) {
	var all []inspect.Listener
	_, err := p.Exec(ctx, pod.Inspector, []string{"pod", "listeners"}, nil, func(line []byte) error {
		var l inspect.Listener
		if err := json.Unmarshal(line, &l); err != nil {
			return fmt.Errorf("read a listener: %w: %.200s", err, line)
		}
		all = append(all, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what listens in pod %s: %w", p.Name(), err)
	}
	return all, nil
}
