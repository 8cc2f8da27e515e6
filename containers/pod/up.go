package pod

import (
	"context"
	"errors"
	"fmt"
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

// ErrUp says that an incarnation is up already.
var ErrUp = errors.New("an incarnation is already up: end it with Kill or Stop")

// UpOptions says how an incarnation is to start.
type UpOptions struct {
	PID int // of its main process, in the target's PID namespace; 0: another than before
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
	stat, err := p.force(ctx, options.PID)
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
func (p *Pod) force(ctx context.Context, wanted int) (pid.Stat, error) {
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
		stat, err := p.attempt(ctx, wanted, &tried)
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
		if wanted == 0 || errors.As(err, &refused) || ctx.Err() != nil {
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
func (p *Pod) attempt(ctx context.Context, wanted int, tried *record.Force) (pid.Stat, error) {
	holder, _, err := p.startKeeper(ctx, Holder)
	if err != nil {
		return pid.Stat{}, err
	}
	p.keep(&p.holder, holder)
	inspector, _, err := p.startKeeper(ctx, Inspector)
	if err != nil {
		return pid.Stat{}, err
	}
	p.keep(&p.inspector, inspector)
	within, cancel := context.WithTimeout(ctx, arrivalWithin)
	defer cancel()
	cursor := wanted - 1
	if wanted == 0 {
		cursor = freeFrom + freeStep*p.Incarnation().Number
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
