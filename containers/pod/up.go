package pod

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/reports/record"
)

// ErrUp means that an incarnation is already up.
var ErrUp = errors.New("an incarnation is already up: end it with Kill or Stop")

// ErrSingle means that the pod was started with Lives: Single.
var ErrSingle = errors.New("the pod has a single incarnation, which ends when the pod is closed")

// UpOptions says how an incarnation starts.
type UpOptions struct {
	PID int // the PID that the main process must get in its namespace; 0: one that none had before
	// Before is called in each attempt, after the start of the holder (and of the inspector, with BeforeTarget) and before
	// PIDs are allocated and the target starts. It can put a process or a file where the target will find it.
	Before func(ctx context.Context) error
}

// Up starts an incarnation in a fresh PID namespace. It returns the PID and start time of the main process as soon as the
// process exists. A server that ends at once is not an error: see State. With Bare the PID is 1.
func (p *Pod) Up(ctx context.Context, options UpOptions) (record.Incarnation, error) {
	p.mu.Lock()
	up := p.up
	p.mu.Unlock()
	if up {
		return record.Incarnation{}, fmt.Errorf("pod %s: %w", p.spec.Name, ErrUp)
	}
	if p.spec.RestartAs == Bare && options.PID > 1 {
		return record.Incarnation{}, fmt.Errorf("pod %s: restart_as bare gives PID 1, not %d", p.spec.Name, options.PID)
	}
	started := time.Now()
	p.mu.Lock()
	number := p.incarnation.Number + 1
	p.mu.Unlock()
	if number > 1 && p.pidRole() == Sandbox {
		return record.Incarnation{}, fmt.Errorf("pod %s: %w", p.spec.Name, ErrSingle)
	}
	if err := p.prepareIncarnation(ctx, number); err != nil {
		return record.Incarnation{}, p.recordFailure(fmt.Errorf("pod %s, incarnation %d: %w", p.spec.Name, number, err))
	}
	stat, err := p.force(ctx, options)
	if err != nil {
		return record.Incarnation{}, p.recordFailure(fmt.Errorf("pod %s, incarnation %d: %w", p.spec.Name, number, err))
	}
	incarnation := record.Incarnation{
		Number: number, PID: stat.PID, StartTime: stat.StartTime, Took: time.Since(started).Seconds(),
	}
	p.mu.Lock()
	incarnation.Began = p.targetBegan
	p.incarnation, p.up = incarnation, true
	p.mu.Unlock()
	p.event(record.IncarnationStarted, func(e *record.Event) { e.Incarnation = &incarnation })
	return incarnation, nil
}

func (p *Pod) recordFailure(err error) error {
	p.event(record.PodFailed, func(e *record.Event) { e.Note = err.Error() })
	return err
}

// prepareIncarnation replaces what does not survive a restart: with Kubernetes the target's layer, with Docker and Bare the network
// namespace. Where the container stays, it notes where the new incarnation's log begins.
func (p *Pod) prepareIncarnation(ctx context.Context, number int) error {
	if number == 1 {
		return nil
	}
	if p.spec.RestartAs == Kubernetes {
		return p.freshTarget(ctx)
	}
	if p.spec.RestartAs != Host {
		if err := p.renewSandbox(ctx); err != nil {
			return err
		}
	}
	last, err := p.lastLogTime(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.since = last
	p.mu.Unlock()
	return nil
}
