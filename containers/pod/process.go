package pod

import (
	"context"
	"errors"
	"fmt"

	"stalemate/containers/pid"
	"stalemate/containers/proc"
	"stalemate/containers/query"
)

// ErrGone means that the process does not exist.
var ErrGone = errors.New("the process is gone")

// Main reads the main process of the present incarnation. The error is ErrGone if it has ended. With Bare it completes the
// incarnation's start time: PID 1 is the main process as long as its namespace lives.
func (p *Pod) Main(ctx context.Context) (proc.Stat, error) {
	stat, err := p.Process(ctx, p.Incarnation().PID)
	if err == nil && p.pidRole() == Target {
		p.mu.Lock()
		p.incarnation.StartTime = stat.StartTime
		p.mu.Unlock()
	}
	return stat, err
}

// Process reads a process of the present incarnation's PID namespace. The error is ErrGone if no process has that PID, and
// another one if stalemate cannot know. The holder answers, because it always runs; with Bare the inspector does.
func (p *Pod) Process(ctx context.Context, number int) (proc.Stat, error) {
	role := Holder
	if p.pidRole() == Target {
		role = Inspector
	}
	answer, err := p.askContainer(ctx, role, query.Request{Request: pid.Request{Stat: number}})
	if err != nil {
		return proc.Stat{}, fmt.Errorf("pod %s: %w", p.spec.Name, err)
	}
	return described(answer.Stat, number)
}

// errNotDescribed means that a helper's answer is not about the process that the question names. The helper shares a PID namespace
// with the target, so its answers are checked.
var errNotDescribed = errors.New("the answer does not describe that process")

// described is the process that an answer describes. number is its PID.
func described(stat *proc.Stat, number int) (proc.Stat, error) {
	if stat == nil || stat.PID != number {
		return proc.Stat{}, fmt.Errorf("process %d: %w", number, errNotDescribed)
	}
	return *stat, nil
}

// KillProcess kills one process of the present incarnation's PID namespace, and returns when the signal is sent.
func (p *Pod) KillProcess(ctx context.Context, number int) error {
	if _, err := p.askContainer(ctx, Inspector, query.Request{Request: pid.Request{Kill: number}}); err != nil {
		return fmt.Errorf("pod %s: %w", p.spec.Name, err)
	}
	return nil
}
