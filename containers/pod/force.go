package pod

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"stalemate/containers/keeper"
	"stalemate/containers/pid"
	"stalemate/reports/record"
)

// ErrNotForced says that the target did not get the wanted PID in any attempt.
var ErrNotForced = errors.New("the PID could not be forced")

// ErrBeyond says that the wanted PID is not below pid_max, so that no attempt can reach it.
var ErrBeyond = errors.New("the PID is beyond pid_max")

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

// attempt starts the holder, the inspector unless it waits to be asked, and the target, in this order: nothing of ours may take a PID between the burn and the target.
func (p *Pod) attempt(ctx context.Context, options UpOptions, tried *record.Force) (pid.Stat, error) {
	wanted := options.PID
	holder, at, err := p.hold(ctx)
	if err != nil {
		return pid.Stat{}, err
	}
	if p.spec.Inspector == BeforeTarget {
		inspector, _, err := p.converse(ctx, Inspector)
		if err != nil {
			return pid.Stat{}, err
		}
		p.keep(Inspector, inspector)
	}
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
	answer, err := holder.say(within, keeper.Ask{Ask: pid.Ask{Burn: &pid.AskBurn{To: cursor, Bound: burnBound}}})
	tried.Burned = answer.Burned
	if err != nil {
		return pid.Stat{}, err
	}
	return p.arrive(within, holder, wanted)
}

// hold gives a fresh PID namespace's holder, and where its cursor stands; or the sandbox, where that holds the only one.
func (p *Pod) hold(ctx context.Context) (holder *conversation, cursor int, err error) {
	if p.pidRole() == Sandbox {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.talks[Holder], 0, nil
	}
	holder, hello, err := p.converse(ctx, Holder)
	if err != nil {
		return nil, 0, err
	}
	p.keep(Holder, holder)
	p.bounded(hello.Max)
	return holder, hello.Cursor, nil
}

// arrive starts the target while the holder watches who comes. wanted is the PID that is to come next; 0: any.
func (p *Pod) arrive(within context.Context, holder *conversation, wanted int) (pid.Stat, error) {
	end, err := holder.begin(within) // the watch is answered twice
	if err != nil {
		return pid.Stat{}, err
	}
	defer end()
	watch := &pid.AskWatch{Within: arrivalWithin.Milliseconds()}
	if wanted > 0 {
		watch.After = wanted - 1
	}
	if err := holder.ask(within, keeper.Ask{Ask: pid.Ask{Watch: watch}}); err != nil {
		return pid.Stat{}, err
	}
	looking, err := holder.next(within)
	if err != nil {
		return pid.Stat{}, err
	}
	if wanted > 0 && looking.Cursor != wanted-1 {
		return pid.Stat{}, fmt.Errorf("the cursor moved on to %d before PID %d was taken", looking.Cursor, wanted)
	}
	if err := p.begin(within, Target); err != nil {
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

// bounded keeps what a holder says of its namespace.
func (p *Pod) bounded(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if most > 0 {
		p.pidMax = most
	}
}

// startBare starts a target that is PID 1 of its own namespace, and then the inspector.
func (p *Pod) startBare(ctx context.Context) (pid.Stat, error) {
	if err := p.begin(ctx, Target); err != nil {
		return pid.Stat{}, err
	}
	inspector, _, err := p.converse(ctx, Inspector)
	if err != nil {
		running, _, _, stateErr := p.State(ctx)
		if stateErr == nil && !running {
			// It ended at once, and its namespace with it: nothing is left to inspect.
			return pid.Stat{PID: 1}, nil
		}
		return pid.Stat{}, err
	}
	p.keep(Inspector, inspector)
	answer, err := inspector.say(ctx, keeper.Ask{Ask: pid.Ask{Stat: 1}})
	if err != nil {
		return pid.Stat{}, err
	}
	return *answer.Stat, nil
}
