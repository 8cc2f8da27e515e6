package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

const (
	// podsAtOnce is how many pods are removed at the same time.
	podsAtOnce = 8
	// joinedAtOnce is how many containers of one pod are removed at the same time.
	joinedAtOnce = 8
	// removePodWithin bounds the removal of one pod.
	removePodWithin = 50 * time.Second
	// killWithin bounds the kill of a container. The engine itself waits 10 s for the end of a killed process.
	killWithin = 12 * time.Second
)

// Roles of the containers whose main process can be the first of a PID namespace. They are values of LabelRole.
const (
	RoleHolder  = "holder"
	RoleSandbox = "sandbox"
	RoleTarget  = "target"
)

// removePods removes the containers of each pod, several pods at the same time. A pod that cannot be removed keeps no other.
func (e *Engine) removePods(ctx context.Context, all []container.Summary) error {
	pods := map[string][]container.Summary{}
	for _, c := range all {
		key := c.Labels[LabelRun] + " " + c.Labels[LabelPod]
		pods[key] = append(pods[key], c)
	}
	removals := make([]func() error, 0, len(pods))
	for _, members := range pods {
		removals = append(removals, func() error { return e.removePod(ctx, members) })
	}
	return everyOne(podsAtOnce, removals)
}

// everyOne calls the functions, at most some at the same time, and returns the errors of all of them.
func everyOne(atOnce int, calls []func() error) error {
	problems := make([]error, len(calls))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, call := range calls {
		group.Go(func() error {
			problems[i] = call()
			return nil
		})
	}
	return errors.Join(append(problems, group.Wait())...)
}

// removePod ends the PID namespaces of a pod, and then removes its containers.
//
// The order matters. A target that runs as root can stop (SIGSTOP) the processes of other containers in its PID namespace, also
// one that the engine is starting there: the engine then waits for it, for ever, and with it every request about that
// container, a removal too. The kernel frees all of them when the first process of the namespace ends.
//
// The containers that join another's network namespace come next, in parallel, and then the rest, one after the other: Engine
// 20.10 deadlocks if two containers leave one network at the same time (libnetwork: getSvcRecords locks the network and waits
// for the controller; processEndpointDelete locks them in the other order).
func (e *Engine) removePod(ctx context.Context, members []container.Summary) error {
	ctx, cancel := context.WithTimeout(ctx, removePodWithin)
	defer cancel()
	// The target is the first process of a namespace where the pod restarts it as an engine does. It comes last, since a
	// request about it may be the one that is stuck.
	for _, role := range []string{RoleHolder, RoleSandbox, RoleTarget} {
		e.kill(ctx, members, role)
	}
	var joined []func() error
	var attached []container.Summary
	for _, c := range members {
		if container.NetworkMode(c.HostConfig.NetworkMode).IsContainer() {
			joined = append(joined, func() error { return e.removeContainer(ctx, c.ID) })
			continue
		}
		attached = append(attached, c)
	}
	problems := []error{everyOne(joinedAtOnce, joined)}
	for _, c := range attached {
		problems = append(problems, e.removeContainer(ctx, c.ID))
	}
	return errors.Join(problems...)
}

// kill kills the container that has a role in a pod, if it runs. A failure is no error: the removal that follows kills too, and
// says why it cannot.
func (e *Engine) kill(ctx context.Context, members []container.Summary, role string) {
	for _, c := range members {
		if c.Labels[LabelRole] == role && c.State == container.StateRunning {
			_, _ = within(ctx, killWithin, func(ctx context.Context) (client.ContainerKillResult, error) {
				return e.client.ContainerKill(ctx, c.ID, client.ContainerKillOptions{Signal: "KILL"})
			})
		}
	}
}

// removeContainer returns when the container is removed, whoever removes it: a container that another process is removing
// still has to leave its network.
func (e *Engine) removeContainer(ctx context.Context, id string) error {
	_, err := within(ctx, removeWithin, func(ctx context.Context) (client.ContainerRemoveResult, error) {
		return e.client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	})
	if err == nil || !cerrdefs.IsConflict(err) || !alreadyRemoving(err) {
		return unlessGone("container "+id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, removeWithin)
	defer cancel()
	wait := e.client.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	select {
	case err = <-wait.Error:
	case <-wait.Result:
		return nil
	}
	return unlessGone("container "+id+", which another process is removing", err)
}

func alreadyRemoving(err error) bool {
	return strings.Contains(err.Error(), "is already in progress")
}
