package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// listWithin bounds each list of a removal, and removeWithin each request that removes one thing. One that takes longer is
// stuck in the engine, and the removal goes on with the next: a thing that cannot be removed must not keep another.
const (
	listWithin   = 20 * time.Second
	removeWithin = 15 * time.Second
)

// Remove removes the containers, then the networks and volumes, that match the filters. A thing that is already removed is no
// error.
func (e *Engine) Remove(ctx context.Context, filters client.Filters) error {
	_, err := e.Sweep(ctx, filters)
	return err
}

// Sweep is Remove, and returns how many things it found. It goes on after a failure; the error has all of them.
func (e *Engine) Sweep(ctx context.Context, filters client.Filters) (found int, err error) {
	containers, err := within(ctx, listWithin, func(ctx context.Context) (client.ContainerListResult, error) {
		return e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	})
	if err != nil {
		return 0, fmt.Errorf("list containers: %w", err)
	}
	found = len(containers.Items)
	problems := []error{e.removePods(ctx, containers.Items)}
	networks, err := within(ctx, listWithin, func(ctx context.Context) (client.NetworkListResult, error) {
		return e.client.NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	})
	if err != nil {
		problems = append(problems, fmt.Errorf("list networks: %w", err))
	}
	for _, n := range networks.Items {
		_, err := within(ctx, removeWithin, func(ctx context.Context) (client.NetworkRemoveResult, error) {
			return e.client.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		})
		problems = append(problems, unlessGone("network "+n.Name, err))
	}
	volumes, err := within(ctx, listWithin, func(ctx context.Context) (client.VolumeListResult, error) {
		return e.client.VolumeList(ctx, client.VolumeListOptions{Filters: filters})
	})
	if err != nil {
		problems = append(problems, fmt.Errorf("list volumes: %w", err))
	}
	for _, v := range volumes.Items {
		_, err := within(ctx, removeWithin, func(ctx context.Context) (client.VolumeRemoveResult, error) {
			return e.client.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{Force: true})
		})
		problems = append(problems, unlessGone("volume "+v.Name, err))
	}
	return found + len(networks.Items) + len(volumes.Items), errors.Join(problems...)
}

// within makes a request that ends after a while.
func within[Result any](ctx context.Context, most time.Duration, request func(context.Context) (Result, error)) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return request(ctx)
}

// unlessGone drops the error that means that the thing does not exist.
func unlessGone(what string, err error) error {
	if err == nil || cerrdefs.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("remove %s: %w", what, err)
}
