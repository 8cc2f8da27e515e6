package startup

import (
	"context"

	"stalemate/containers/pod"
)

// afresh makes the pod as new after the previous scenario: its processes, its layer, and what outlived them. stalemate removes no
// object of the server for that, and needs no privilege.
func (u *scenarioPod) afresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepWithin)
	defer cancel()
	if err := u.pod.Kill(ctx); err != nil {
		return err
	}
	return u.pod.Fresh(ctx)
}

// keepsIPC says whether IPC objects outlive an incarnation, so that the witness sees them.
func (u *scenarioPod) keepsIPC() bool {
	return u.Target.RestartAs == pod.Host || u.Target.RestartAs == pod.Kubernetes
}
