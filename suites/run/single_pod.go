package run

import (
	"context"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// StartSinglePod starts a pod of a target that is in no plan. It returns when the pod's services answer; the target has not
// started yet. The caller closes the pod.
func (e *Execution) StartSinglePod(ctx context.Context, t *target.Target, name string) (Server, error) {
	images := newImages()
	images.helperRef, images.helperErr = e.Images.Helper(ctx)
	images.build(ctx, e, []*target.Target{t})
	podImages, err := images.forPod(t)
	if err != nil {
		return nil, err
	}
	spec, err := podSpec(e.RunID, name, t, podImages)
	if err != nil {
		return nil, err
	}
	spec.Roles = []pod.Role{pod.Witness} // it lists the files that a dead incarnation leaves behind
	p, err := e.StartPod(ctx, spec, func(event record.Event) {
		event.Target, event.Pod = t.Name, name
		e.Log.Write(event)
	})
	if err != nil {
		return nil, err
	}
	if err := awaitServices(ctx, p, t); err != nil {
		return p, err
	}
	return p, nil
}
