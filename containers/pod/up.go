package pod

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/client"

	"stalemate/containers/keeper"
	"stalemate/containers/pid"
	"stalemate/reports/record"
)

const (
	// attempts is how often a wanted PID is tried before it counts as not to be forced.
	attempts = 5
	// burnBound is how many PIDs one attempt may take: each takes one of the host's too.
	burnBound = 70000
	// Where no PID is wanted each incarnation gets a higher one than those before it, and higher than ours: a pid
	// file that was left behind must not happen to name a process of ours, which a server would take for its own.
	freeFrom = 300
	freeStep = 100
	// arrivalWithin bounds the time from the order to start the target to its first process.
	arrivalWithin = 20 * time.Second
	// goneWithin bounds the time from a SIGKILL to the end of a container.
	goneWithin = 20 * time.Second
)

// ErrGone says that a process is not there.
var ErrGone = errors.New("the process is gone")

// ErrUp says that an incarnation is up already.
var ErrUp = errors.New("an incarnation is already up: end it with Kill or Stop")

// ErrSingle says that the pod's target has a single incarnation, which ends with the pod.
var ErrSingle = errors.New("the pod has one incarnation, which ends with it")

// UpOptions says how an incarnation is to start.
type UpOptions struct {
	PID int // of its main process, in the target's PID namespace; 0: another than before
	// Before is called in each attempt when the namespace is there and its holder runs, and the inspector if it comes
	// before the target, and before the cursor is moved and the target started: to put somebody or something in its way.
	Before func(ctx context.Context) error
}

// Up starts an incarnation of the target in a fresh PID namespace. It returns as soon as the main
// process was seen, with its PID and start time; a target that ended at once is not
// an error here: see State. With Bare the PID is 1.
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
	if err := p.prepare(ctx, number); err != nil {
		return record.Incarnation{}, p.failed(fmt.Errorf("pod %s, incarnation %d: %w", p.spec.Name, number, err))
	}
	stat, err := p.force(ctx, options)
	if err != nil {
		return record.Incarnation{}, p.failed(fmt.Errorf("pod %s, incarnation %d: %w", p.spec.Name, number, err))
	}
	incarnation := record.Incarnation{
		Number: number, PID: stat.PID, StartTime: stat.StartTime, Took: time.Since(started).Seconds(),
	}
	p.mu.Lock()
	p.incarnation, p.up = incarnation, true
	p.mu.Unlock()
	p.event(record.IncarnationStarted, func(e *record.Event) { e.Incarnation = &incarnation })
	return incarnation, nil
}

func (p *Pod) failed(err error) error {
	p.event(record.PodFailed, func(e *record.Event) { e.Note = err.Error() })
	return err
}

// prepare makes the target's layer and log ready for another incarnation.
func (p *Pod) prepare(ctx context.Context, number int) error {
	if number == 1 {
		return nil
	}
	if p.spec.RestartAs == Kubernetes {
		return p.freshTarget(ctx)
	}
	last, err := p.lastLine(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.since = last
	p.mu.Unlock()
	return nil
}

// freshTarget replaces the target's container by one with a layer of its own.
func (p *Pod) freshTarget(ctx context.Context) error {
	if err := p.removeContainer(ctx, p.id(Target)); err != nil {
		return err
	}
	if err := p.createTarget(ctx); err != nil {
		return err
	}
	if p.pidRole() == Target {
		// The inspector was made to join the namespaces of the container that is gone.
		if err := p.removeContainer(ctx, p.id(Inspector)); err != nil {
			return err
		}
		if err := p.createInspector(ctx); err != nil {
			return err
		}
	}
	return p.CopyTo(ctx, p.spec.Files)
}

func (p *Pod) removeContainer(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	_, err := p.engine.Client().ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil {
		return fmt.Errorf("remove container %.12s: %w", id, err)
	}
	return nil
}

// Main is the main process of the present incarnation as it is now. Its error is ErrGone where it has ended.
func (p *Pod) Main(ctx context.Context) (pid.Stat, error) {
	return p.Process(ctx, p.Incarnation().PID)
}

// Process is a process of the present incarnation's PID namespace as it is now. Its error is ErrGone where there
// is none of that number, and another where nobody could tell. It is asked of the holder, which is there in any case, and
// with Bare of the inspector.
func (p *Pod) Process(ctx context.Context, number int) (pid.Stat, error) {
	role := Holder
	if p.pidRole() == Target {
		role = Inspector
	}
	answer, err := p.question(ctx, role, keeper.Ask{Ask: pid.Ask{Stat: number}})
	if err != nil {
		return pid.Stat{}, fmt.Errorf("pod %s: %w", p.spec.Name, err)
	}
	return *answer.Stat, nil
}

// Fresh gives a target that is down a layer of its own again, with the pod's files in it, as it was before its first incarnation.
func (p *Pod) Fresh(ctx context.Context) error {
	p.mu.Lock()
	up := p.up
	p.since = ""
	p.mu.Unlock()
	if up {
		return fmt.Errorf("pod %s: %w", p.spec.Name, ErrUp)
	}
	return p.freshTarget(ctx)
}

// keep replaces the conversation with a role; nil is none.
func (p *Pod) keep(role Role, now *conversation) {
	p.mu.Lock()
	before := p.talks[role]
	p.talks[role] = now
	p.mu.Unlock()
	before.close()
}
