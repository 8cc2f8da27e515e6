package pod

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"

	"stalemate/reports/record"
)

// maxLog is how much of a target's log is kept: its end.
const maxLog = 1 << 20

// How an incarnation ended, as record.Incarnation says it.
const (
	Killed  = "killed"  // by Kill: an unclean death
	Stopped = "stopped" // by Stop
	Exited  = "exited"  // by itself, before Kill or in the moment of it
)

// exitKilled is the exit status of who is ended by a SIGKILL.
const exitKilled = 128 + 9

// Kill ends the incarnation at once and whole, daemons that left their process group included: an
// unclean death. It returns when the engine says that the target does not run. Incarnation
// and its event say Exited where the target had ended by itself.
func (p *Pod) Kill(ctx context.Context) error {
	if p.pidRole() == Sandbox {
		return fmt.Errorf("kill pod %s: %w", p.spec.Name, ErrSingle)
	}
	before, exit, _, err := p.State(ctx)
	if err != nil {
		return err
	}
	if err := p.down(ctx); err != nil {
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
	p.ended(howKilled(before, exit), exit)
	return nil
}

// howKilled says whether a target that ran before the kill, or did not, and has this exit status was ended by it.
func howKilled(ran bool, exit int) string {
	if ran && exit == exitKilled {
		return Killed
	}
	return Exited
}

// Stop ends the incarnation cleanly: the signal ("" is the image's) goes to its main process, which must
// end within the time given. What it leaves running is killed then. The result is the main process's exit status.
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
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err = p.engine.Client().ContainerKill(ctx, p.id(Target), client.ContainerKillOptions{Signal: signal})
	if err != nil {
		return -1, fmt.Errorf("stop pod %s with SIG%s: %w", p.spec.Name, strings.TrimPrefix(signal, "SIG"), err)
	}
	if err := p.gone(ctx, Target); err != nil {
		return -1, fmt.Errorf("stop pod %s with SIG%s: it did not end within %v: %w",
			p.spec.Name, strings.TrimPrefix(signal, "SIG"), within, err)
	}
	unbounded := context.WithoutCancel(ctx)
	_, exit, _, err = p.State(unbounded)
	if err != nil {
		return -1, err
	}
	if err := p.down(unbounded); err != nil {
		return exit, fmt.Errorf("stop pod %s: %w", p.spec.Name, err)
	}
	p.ended(Stopped, exit)
	return exit, nil
}

// ended keeps and tells how the incarnation ended.
func (p *Pod) ended(how string, exit int) {
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

// down kills the PID namespace and waits until everything that was started in it is gone. A single incarnation
// is not taken down before the pod is closed.
func (p *Pod) down(ctx context.Context) error {
	root := p.pidRole()
	if root == Sandbox || len(p.inNamespace()) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, goneWithin)
	defer cancel()
	_, err := p.engine.Client().ContainerKill(ctx, p.id(root), client.ContainerKillOptions{Signal: "KILL"})
	if err != nil && !cerrdefs.IsConflict(err) && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("kill the %s: %w", root, err)
	}
	// An inspector that is being started has nothing to join any more, which ends its start.
	p.asking.Lock()
	defer p.asking.Unlock()
	var group errgroup.Group
	roles := p.inNamespace()
	for _, role := range roles {
		group.Go(func() error { return p.gone(ctx, role) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	p.mu.Lock()
	for _, role := range roles {
		delete(p.begun, role)
	}
	p.mu.Unlock()
	p.keep(Holder, nil)
	p.keep(Inspector, nil)
	return nil
}

// inNamespace are those that were started in the PID namespace and may still run.
func (p *Pod) inNamespace() []Role {
	p.mu.Lock()
	defer p.mu.Unlock()
	var roles []Role
	for _, role := range []Role{Holder, Target, Inspector} {
		if p.begun[role] {
			roles = append(roles, role)
		}
	}
	return roles
}

// gone waits until a container does not run.
func (p *Pod) gone(ctx context.Context, role Role) error {
	result := p.engine.Client().ContainerWait(ctx, p.id(role), client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case err := <-result.Error:
		if err != nil && !cerrdefs.IsNotFound(err) {
			return fmt.Errorf("wait for the end of the %s: %w", role, err)
		}
	case <-result.Result:
	case <-ctx.Done():
		return fmt.Errorf("wait for the end of the %s: %w", role, ctx.Err())
	}
	return nil
}

// State says whether the target's main process runs; if not, its exit status (128 and the signal
// where one killed it); and when it was started, by the engine's clock.
func (p *Pod) State(ctx context.Context) (running bool, exit int, startedAt time.Time, err error) {
	got, err := p.inspectContainer(ctx, p.id(Target))
	if err != nil {
		return false, 0, time.Time{}, err
	}
	if startedAt, err = time.Parse(time.RFC3339Nano, got.State.StartedAt); err != nil {
		return false, 0, time.Time{}, fmt.Errorf("the start time of the target: %w", err)
	}
	return got.State.Running, got.State.ExitCode, startedAt, nil
}

// Logs is the end, at most 1 MiB, of what the present incarnation wrote to its output and error.
func (p *Pod) Logs(ctx context.Context) (string, error) {
	p.mu.Lock()
	since := p.since
	p.mu.Unlock()
	return p.logs(ctx, p.id(Target), client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Since: since})
}

// ServiceLogs is the end of what a service wrote.
func (p *Pod) ServiceLogs(ctx context.Context, name string) (string, error) {
	p.mu.Lock()
	id, ok := p.services[name]
	p.mu.Unlock()
	if !ok {
		return "", fmt.Errorf("pod %s has no service %s", p.spec.Name, name)
	}
	return p.logs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true})
}

func (p *Pod) logs(ctx context.Context, id string, options client.ContainerLogsOptions) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	body, err := p.engine.Client().ContainerLogs(ctx, id, options)
	if err != nil {
		return "", fmt.Errorf("read the log of container %.12s: %w", id, err)
	}
	defer body.Close()
	var out ending
	if _, err := stdcopy.StdCopy(&out, &out, body); err != nil {
		return out.String(), errors.Join(fmt.Errorf("read the log of container %.12s: %w", id, err))
	}
	return out.String(), nil
}

// lastLine is a time just after the last line that the target has logged, by the engine's clock; "" where there is none.
func (p *Pod) lastLine(ctx context.Context) (string, error) {
	text, err := p.logs(ctx, p.id(Target), client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Timestamps: true, Tail: "1",
	})
	if err != nil {
		return "", err
	}
	stamp, _, _ := strings.Cut(text, " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return "", nil // nothing logged
	}
	at = at.Add(time.Nanosecond)
	return fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond()), nil
}

// ending keeps the last maxLog bytes.
type ending struct{ bytes.Buffer }

func (e *ending) Write(data []byte) (int, error) {
	n, err := e.Buffer.Write(data)
	if over := e.Len() - 2*maxLog; over > 0 {
		e.Next(e.Len() - maxLog)
	}
	return n, err
}

func (e *ending) String() string {
	data := e.Bytes()
	return string(data[max(0, len(data)-maxLog):])
}
