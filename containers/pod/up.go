package pod

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/moby/moby/client"

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

// ErrNotForced says that the target did not get the wanted PID in any attempt.
var ErrNotForced = errors.New("the PID could not be forced")

// ErrBeyond says that the wanted PID is not below pid_max, so that no attempt can reach it.
var ErrBeyond = errors.New("the PID is beyond pid_max")

// ErrUp says that an incarnation is up already.
var ErrUp = errors.New("an incarnation is already up: end it with Kill or Stop")

// UpOptions says how an incarnation is to start.
type UpOptions struct {
	PID int // of its main process, in the target's PID namespace; 0: another than before
	// Before is called in each attempt when the namespace is there and its holder and inspector run, and
	// before the cursor is moved and the target started: to put somebody or something in its way.
	Before func(ctx context.Context) error
}

// Budget bounds the PIDs that the pods of a run may burn together, since each takes one of the host's as well.
// A nil Budget is unbounded.
type Budget struct{ left atomic.Int64 }

// NewBudget allows so many.
func NewBudget(pids int64) *Budget {
	b := &Budget{}
	b.left.Store(pids)
	return b
}

// ErrBudget says that the run has burned as many PIDs as it may.
var ErrBudget = errors.New("the run's budget of burned PIDs is spent")

// take books n PIDs.
func (b *Budget) take(n int) error {
	if b != nil && b.left.Add(-int64(n)) < 0 {
		return ErrBudget
	}
	return nil
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

// force starts the target until it has the wanted PID.
func (p *Pod) force(ctx context.Context, options UpOptions) (pid.Stat, error) {
	wanted := options.PID
	if p.spec.RestartAs == Bare {
		stat, err := p.startBare(ctx)
		if err != nil {
			return stat, errors.Join(err, p.down(context.WithoutCancel(ctx)))
		}
		return stat, nil
	}
	var last error
	for attempt := 1; attempt <= attempts; attempt++ {
		tried := record.Force{Wanted: wanted, Attempt: attempt}
		stat, err := p.attempt(ctx, options, &tried)
		tried.Got = stat.PID
		if err == nil && wanted > 0 && stat.PID != wanted {
			err = fmt.Errorf("PID %d came instead of %d", stat.PID, wanted)
		}
		if err != nil {
			tried.Error = err.Error()
		}
		if wanted > 0 {
			p.event(record.ForceAttempt, func(e *record.Event) { e.Force = &tried })
		}
		if err == nil {
			return stat, nil
		}
		last = err
		if err := p.down(context.WithoutCancel(ctx)); err != nil {
			return pid.Stat{}, errors.Join(last, err)
		}
		var refused *startError
		if wanted == 0 || errors.As(err, &refused) || errors.Is(err, ErrBeyond) || errors.Is(err, ErrBudget) || ctx.Err() != nil {
			return pid.Stat{}, last
		}
	}
	return pid.Stat{}, fmt.Errorf("%w: PID %d, %d attempts, the last: %w", ErrNotForced, wanted, attempts, last)
}

// startError is the engine's refusal to start the target, which another attempt would not change.
type startError struct{ err error }

func (s *startError) Error() string { return s.err.Error() }
func (s *startError) Unwrap() error { return s.err }

// attempt starts holder, inspector and target, in this order: nothing of ours may take a PID between the burn and the target.
func (p *Pod) attempt(ctx context.Context, options UpOptions, tried *record.Force) (pid.Stat, error) {
	wanted := options.PID
	holder, at, err := p.startKeeper(ctx, Holder)
	if err != nil {
		return pid.Stat{}, err
	}
	p.keep(&p.holder, holder)
	inspector, _, err := p.startKeeper(ctx, Inspector)
	if err != nil {
		return pid.Stat{}, err
	}
	p.keep(&p.inspector, inspector)
	if most := p.PIDMax(); most > 0 && wanted >= most {
		return pid.Stat{}, fmt.Errorf("%w: PID %d, and pid_max is %d", ErrBeyond, wanted, most)
	}
	if options.Before != nil {
		if err := options.Before(ctx); err != nil {
			return pid.Stat{}, &startError{fmt.Errorf("before the start: %w", err)}
		}
	}
	within, cancel := context.WithTimeout(ctx, arrivalWithin)
	defer cancel()
	cursor := wanted - 1
	if wanted == 0 {
		cursor = freeFrom + freeStep*p.Incarnation().Number
	}
	if err := p.spec.Budget.take(max(0, cursor-at)); err != nil {
		return pid.Stat{}, err
	}
	answer, err := holder.say(within, pid.Ask{Burn: &pid.AskBurn{To: cursor, Bound: burnBound}})
	tried.Burned = answer.Burned
	if err != nil {
		return pid.Stat{}, err
	}
	watch := pid.Ask{Watch: &pid.AskWatch{Within: arrivalWithin.Milliseconds()}}
	if wanted > 0 {
		watch.Watch.After = wanted - 1
	}
	looking, err := holder.say(within, watch)
	if err != nil {
		return pid.Stat{}, err
	}
	if wanted > 0 && looking.Cursor != wanted-1 {
		return pid.Stat{}, fmt.Errorf("the cursor moved on to %d before PID %d was taken", looking.Cursor, wanted)
	}
	if err := p.startContainer(within, p.id(Target), "target"); err != nil {
		return pid.Stat{}, &startError{err}
	}
	arrived, err := holder.next(within)
	if err != nil {
		return pid.Stat{}, err
	}
	if arrived.Stat == nil {
		return pid.Stat{}, errors.New("the holder did not say who arrived")
	}
	return *arrived.Stat, nil
}

// PIDMax is pid_max of the last incarnation's PID namespace, 0 where none was seen.
func (p *Pod) PIDMax() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pidMax
}

// Main is the main process of the present incarnation as it is now. It fails where it has ended.
func (p *Pod) Main(ctx context.Context) (pid.Stat, error) {
	p.mu.Lock()
	inspector, number := p.inspector, p.incarnation.PID
	p.mu.Unlock()
	if inspector == nil {
		return pid.Stat{}, fmt.Errorf("pod %s: no incarnation is up", p.spec.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	answer, err := inspector.say(ctx, pid.Ask{Stat: number})
	if err != nil {
		return pid.Stat{}, err
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

// startBare starts a target that is PID 1 of its own namespace, and then the inspector.
func (p *Pod) startBare(ctx context.Context) (pid.Stat, error) {
	if err := p.startContainer(ctx, p.id(Target), "target"); err != nil {
		return pid.Stat{}, err
	}
	inspector, _, err := p.startKeeper(ctx, Inspector)
	if err != nil {
		running, _, _, stateErr := p.State(ctx)
		if stateErr == nil && !running {
			// It ended at once, and its namespace with it: nothing is left to inspect.
			return pid.Stat{PID: 1}, nil
		}
		return pid.Stat{}, err
	}
	p.keep(&p.inspector, inspector)
	answer, err := inspector.say(ctx, pid.Ask{Stat: 1})
	if err != nil {
		return pid.Stat{}, err
	}
	return *answer.Stat, nil
}

// keep replaces a conversation by the one of this incarnation.
func (p *Pod) keep(where **keeper, now *keeper) {
	p.mu.Lock()
	before := *where
	*where = now
	p.mu.Unlock()
	before.close()
}
