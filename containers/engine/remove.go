package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
)

// removeAtOnce is how many removals run at the same time.
const removeAtOnce = 8

// removalWithin bounds the wait for a removal that another process has begun.
const removalWithin = 30 * time.Second

// Remove removes the containers, then the networks and volumes, that match the filters. A thing that is already removed is no
// error.
func (e *Engine) Remove(ctx context.Context, filters client.Filters) error {
	_, err := e.Sweep(ctx, filters)
	return err
}

// Sweep is Remove, and returns how many things it found.
func (e *Engine) Sweep(ctx context.Context, filters client.Filters) (found int, err error) {
	containers, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return 0, fmt.Errorf("list containers: %w", err)
	}
	found = len(containers.Items)
	removing := e.removeContainers(ctx, containers.Items)
	networks, err := e.client.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	if err != nil {
		return found, errors.Join(removing, fmt.Errorf("list networks: %w", err))
	}
	for _, n := range networks.Items {
		_, err := e.client.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		removing = errors.Join(removing, unlessGone("network "+n.Name, err))
	}
	volumes, err := e.client.VolumeList(ctx, client.VolumeListOptions{Filters: filters})
	if err != nil {
		return found, errors.Join(removing, fmt.Errorf("list volumes: %w", err))
	}
	for _, v := range volumes.Items {
		_, err := e.client.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{Force: true})
		removing = errors.Join(removing, unlessGone("volume "+v.Name, err))
	}
	return found + len(networks.Items) + len(volumes.Items), removing
}

// removeContainers first removes, in parallel, all containers that join another container's network namespace. Then it removes
// the rest, one after the other in each pod: Engine 20.10 deadlocks if two containers leave one network at the same time
// (libnetwork: getSvcRecords locks the network and waits for the controller; processEndpointDelete locks them in the other
// order).
func (e *Engine) removeContainers(ctx context.Context, all []container.Summary) error {
	var joined [][]container.Summary
	attached := map[string][]container.Summary{} // by pod
	for _, c := range all {
		if container.NetworkMode(c.HostConfig.NetworkMode).IsContainer() {
			joined = append(joined, []container.Summary{c})
			continue
		}
		key := c.Labels[LabelRun] + " " + c.Labels[LabelPod]
		attached[key] = append(attached[key], c)
	}
	return errors.Join(e.removeInTurn(ctx, joined), e.removeInTurn(ctx, slices.Collect(maps.Values(attached))))
}

// removeInTurn removes the containers of a group one after the other, and the groups in parallel.
func (e *Engine) removeInTurn(ctx context.Context, groups [][]container.Summary) error {
	var group errgroup.Group
	group.SetLimit(removeAtOnce)
	for _, members := range groups {
		group.Go(func() error {
			var problems []error
			for _, c := range members {
				problems = append(problems, e.removeContainer(ctx, c.ID))
			}
			return errors.Join(problems...)
		})
	}
	return group.Wait()
}

// removeContainer returns when the container is removed, whoever removes it: a container that another process is removing
// still has to leave its network.
func (e *Engine) removeContainer(ctx context.Context, id string) error {
	_, err := e.client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil || !cerrdefs.IsConflict(err) || !alreadyRemoving(err) {
		return unlessGone("container "+id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, removalWithin)
	defer cancel()
	wait := e.client.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionRemoved})
	select {
	case err = <-wait.Error:
	case <-wait.Result:
		return nil
	}
	return unlessGone("container "+id+", which another process is removing", err)
}

// unlessGone drops the error that means that the thing does not exist.
func unlessGone(what string, err error) error {
	if err == nil || cerrdefs.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("remove %s: %w", what, err)
}

func alreadyRemoving(err error) bool {
	return strings.Contains(err.Error(), "is already in progress")
}
