package pod

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/pid"
	"stalemate/containers/proc"
	"stalemate/containers/query"
	"stalemate/reports/record"
)

const (
	// maxAttempts is how often Up tries to start the server with the wanted PID. A thread of a helper in the
	// same namespace can take it.
	maxAttempts = 5
	// maxBurned bounds the PIDs of one attempt: each is also a PID of the host. It is enough for every 16-bit PID in a
	// fresh namespace.
	maxBurned = 70000
	// Without a wanted PID, each incarnation's PID is higher than the one before, and higher than those of the helper
	// containers: a server that finds an old pid file must not mistake a helper's process for its own.
	freeFrom = 300
	freeStep = 100
	// arrivalWithin bounds the time from the request to start the target to its first process.
	arrivalWithin = 20 * time.Second
)

// ErrNotForced means that the server got another PID in each attempt, or that each attempt failed.
var ErrNotForced = errors.New("the PID could not be forced")

// ErrBeyond means that no process can have the wanted PID: it is not below pid_max.
var ErrBeyond = errors.New("the PID is beyond pid_max")

// force starts the target, up to maxAttempts times, until it has the wanted PID.
func (p *Pod) force(ctx context.Context, options UpOptions) (proc.Stat, error) {
	wanted := options.PID
	if p.spec.RestartAs == Bare {
		stat, err := p.startBare(ctx)
		if err != nil {
			return stat, errors.Join(err, p.killNamespace(context.WithoutCancel(ctx)))
		}
		return stat, nil
	}
	var last error
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		tried := record.Force{Wanted: wanted, Attempt: attempt}
		stat, err := p.startOnce(ctx, options, &tried)
		tried.Got = stat.PID
		if err == nil && wanted > 0 && stat.PID != wanted {
			err = fmt.Errorf("the server got PID %d instead of %d", stat.PID, wanted)
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
		if err := p.killNamespace(context.WithoutCancel(ctx)); err != nil {
			return proc.Stat{}, errors.Join(last, err)
		}
		var refused *startError
		if wanted == 0 || errors.As(err, &refused) || errors.Is(err, ErrBeyond) || errors.Is(err, ErrBudget) || ctx.Err() != nil {
			return proc.Stat{}, last
		}
	}
	return proc.Stat{}, fmt.Errorf("%w: PID %d, %d attempts, the last: %w", ErrNotForced, wanted, maxAttempts, last)
}

// startError is an error that another attempt would not change, such as the engine's refusal to start the target.
type startError struct{ err error }

func (s *startError) Error() string { return s.err.Error() }

func (s *startError) Unwrap() error { return s.err }

// startOnce starts the holder, the inspector (with BeforeTarget) and the target, in this order: no helper may take a PID between
// the last allocated PID and the target.
func (p *Pod) startOnce(ctx context.Context, options UpOptions, tried *record.Force) (proc.Stat, error) {
	wanted := options.PID
	holder, at, err := p.startHolder(ctx)
	if err != nil {
		return proc.Stat{}, err
	}
	if p.spec.Inspector == BeforeTarget {
		inspector, _, err := p.converse(ctx, Inspector)
		if err != nil {
			return proc.Stat{}, err
		}
		p.setConversation(Inspector, inspector)
	}
	if most := p.PIDMax(); most > 0 && wanted >= most {
		return proc.Stat{}, fmt.Errorf("%w: PID %d, and pid_max is %d", ErrBeyond, wanted, most)
	}
	if options.Before != nil {
		if err := options.Before(ctx); err != nil {
			return proc.Stat{}, &startError{fmt.Errorf("before the start: %w", err)}
		}
	}
	within, cancel := context.WithTimeout(ctx, arrivalWithin)
	defer cancel()
	cursor := wanted - 1
	if wanted == 0 {
		cursor = freeFrom + freeStep*p.Incarnation().Number
	}
	if err := p.spec.Budget.take(max(0, cursor-at)); err != nil {
		return proc.Stat{}, err
	}
	answer, err := holder.request(within, query.Request{Request: pid.Request{Advance: &pid.AdvanceRequest{To: cursor, Bound: maxBurned}}})
	tried.Burned = answer.Burned
	if err != nil {
		return proc.Stat{}, err
	}
	return p.startWatched(within, holder, wanted)
}

// startWatched starts the target while the holder watches for new processes. wanted is the PID that must be next; 0 is any.
func (p *Pod) startWatched(within context.Context, holder *conversation, wanted int) (proc.Stat, error) {
	give, err := holder.take(within) // the holder answers twice: when it watches, and when the process exists
	if err != nil {
		return proc.Stat{}, err
	}
	defer give()
	watch := &pid.WatchRequest{Within: arrivalWithin.Milliseconds()}
	if wanted > 0 {
		watch.After = wanted - 1
	}
	if err := holder.ask(within, query.Request{Request: pid.Request{Watch: watch}}); err != nil {
		return proc.Stat{}, err
	}
	looking, err := holder.next(within)
	if err != nil {
		return proc.Stat{}, err
	}
	if wanted > 0 && looking.Cursor != wanted-1 {
		return proc.Stat{}, fmt.Errorf("the last PID is %d before the start, so PID %d is not next", looking.Cursor, wanted)
	}
	if err := p.startRole(within, Target); err != nil {
		return proc.Stat{}, &startError{err}
	}
	arrived, err := holder.next(within)
	if err != nil {
		return proc.Stat{}, err
	}
	if arrived.Stat == nil || arrived.Stat.PID <= watch.After {
		return proc.Stat{}, errors.New("the holder did not report the server's process")
	}
	return *arrived.Stat, nil
}

// startBare starts a target that is PID 1 of its namespace, and then the inspector unless it waits: its PIDs are among those of the
// target's children. Without an inspector the start time is 0.
func (p *Pod) startBare(ctx context.Context) (proc.Stat, error) {
	if err := p.startRole(ctx, Target); err != nil {
		return proc.Stat{}, err
	}
	if p.inspectorWaits() {
		return proc.Stat{PID: 1}, nil
	}
	inspector, _, err := p.converse(ctx, Inspector)
	if err != nil {
		running, _, _, stateErr := p.State(ctx)
		if stateErr == nil && !running {
			// The server ended at once, and its namespace with it. Nothing is left to inspect.
			return proc.Stat{PID: 1}, nil
		}
		return proc.Stat{}, err
	}
	p.setConversation(Inspector, inspector)
	answer, err := inspector.request(ctx, query.Request{Request: pid.Request{Stat: 1}})
	if err != nil {
		return proc.Stat{}, err
	}
	return described(answer.Stat, 1)
}
