// Signals are sent with moby's raw client: a testcontainers-go Container (v0.45) has Stop and Terminate, but no way to send a
// chosen signal. An unclean death needs SIGKILL to the PID holder.

package pod

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"

	"stalemate/reports/record"
)

// endWithin bounds the time from SIGKILL to the end of the containers.
const endWithin = 20 * time.Second

// Values of record.Incarnation.How.
const (
	Killed  = "killed"  // by Kill: an unclean death
	Stopped = "stopped" // by Stop
	Exited  = "exited"  // by itself, before or during Kill
)

// exitKilled is the exit status of a process that SIGKILL ended.
const exitKilled = 128 + 9

// Kill kills every process of the incarnation at once, daemons included: an unclean death. It returns when the engine reports
// that the target does not run. If the target had ended by itself, Incarnation and its event say Exited.
func (p *Pod) Kill(ctx context.Context) error {
	if p.pidRole() == Sandbox {
		return fmt.Errorf("kill pod %s: %w", p.spec.Name, ErrSingle)
	}
	before, exit, _, err := p.State(ctx)
	if err != nil {
		return err
	}
	if err := p.killNamespace(ctx); err != nil {
		return fmt.Errorf("kill pod %s: %w", p.spec.Name, err)
	}
	if before {
		var running bool
		if running, exit, _, err = p.State(ctx); err != nil {
			return err
		}
		if running {
			return fmt.Errorf("kill pod %s: the target still runs", p.spec.Name)
		}
	}
	p.recordEnd(howEnded(before, exit), exit)
	return nil
}

// howEnded is Killed if the target ran before the kill and SIGKILL ended it.
func howEnded(ran bool, exit int) string {
	if ran && exit == exitKilled {
		return Killed
	}
	return Exited
}

// ErrStillRuns means that the main process had not ended when the time of a Stop was over. It runs on.
var ErrStillRuns = errors.New("the server still runs")

// Stop ends the incarnation cleanly. It sends the signal to the main process ("" is the image's stop signal), which must end
// within the given time, or the error is ErrStillRuns. Then Stop kills what still runs of its processes. The result is the main
// process's exit status.
func (p *Pod) Stop(ctx context.Context, signal string, within time.Duration) (exit int, err error) {
	if p.pidRole() == Sandbox {
		return -1, fmt.Errorf("stop pod %s: %w", p.spec.Name, ErrSingle)
	}
	if signal == "" {
		got, err := p.inspectContainer(ctx, p.id(Target))
		if err != nil {
			return -1, err
		}
		if signal = got.Config.StopSignal; signal == "" {
			signal = "TERM"
		}
	}
	asking, answered := context.WithTimeout(ctx, callWithin)
	_, err = p.engine.Client().ContainerKill(asking, p.id(Target), client.ContainerKillOptions{Signal: signal})
	answered()
	name := "SIG" + strings.TrimPrefix(signal, "SIG")
	if err != nil {
		return -1, fmt.Errorf("stop pod %s with %s: %w", p.spec.Name, name, err)
	}
	stopping, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	switch err := p.waitForEnd(stopping, Target); {
	case err != nil && stopping.Err() != nil && ctx.Err() == nil:
		return -1, fmt.Errorf("%w %v after %s", ErrStillRuns, within, name)
	case err != nil:
		return -1, fmt.Errorf("stop pod %s with %s: %w", p.spec.Name, name, err)
	}
	unbounded := context.WithoutCancel(ctx)
	_, exit, _, err = p.State(unbounded)
	if err != nil {
		return -1, err
	}
	if err := p.killNamespace(unbounded); err != nil {
		return exit, fmt.Errorf("stop pod %s: %w", p.spec.Name, err)
	}
	p.recordEnd(Stopped, exit)
	return exit, nil
}

func (p *Pod) recordEnd(how string, exit int) {
	p.mu.Lock()
	was := p.up
	p.up = false
	if was {
		p.incarnation.How, p.incarnation.Exit = how, exit
	}
	incarnation := p.incarnation
	p.mu.Unlock()
	if !was {
		return
	}
	incarnation.Took = 0
	p.event(record.IncarnationEnded, func(e *record.Event) { e.Incarnation = &incarnation })
}

// killNamespace kills the PID namespace, and waits until each container in it has ended. It does nothing in a pod with a
// single incarnation, which ends in Close.
func (p *Pod) killNamespace(ctx context.Context) error {
	root := p.pidRole()
	if root == Sandbox || len(p.startedInNamespace()) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	_, err := p.engine.Client().ContainerKill(ctx, p.id(root), client.ContainerKillOptions{Signal: "KILL"})
	if err != nil && !cerrdefs.IsConflict(err) && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("kill the %s: %w", root, err)
	}
	// This waits for an inspector that a question is starting. Its start fails, because the namespace is gone.
	p.startingOnDemand.Lock()
	defer p.startingOnDemand.Unlock()
	var group errgroup.Group
	roles := p.startedInNamespace()
	for _, role := range roles {
		group.Go(func() error { return p.waitForEnd(ctx, role) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	p.mu.Lock()
	for _, role := range roles {
		delete(p.started, role)
	}
	p.mu.Unlock()
	p.setConversation(Holder, nil)
	p.setConversation(Inspector, nil)
	return nil
}

// startedInNamespace are the containers that were started in the PID namespace and may still run.
func (p *Pod) startedInNamespace() []Role {
	p.mu.Lock()
	defer p.mu.Unlock()
	var roles []Role
	for _, role := range []Role{Holder, Target, Inspector} {
		if p.started[role] {
			roles = append(roles, role)
		}
	}
	return roles
}
