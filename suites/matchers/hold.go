package matchers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onsi/gomega/types"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/verdict"
)

// heldConnection is a *containers.Hold.
type heldConnection interface {
	fmt.Stringer
	Stage() string
	Limit() (directive string, limit time.Duration)
	State() record.HoldState
	AwaitRelease(ctx context.Context) record.HoldState
	AwaitWorker(ctx context.Context) record.HoldState
}

// tells is how long the second of two programs may take to tell of one event.
const tells = 500 * time.Millisecond

// workerWithin is the time from the release of a connection to the end of the server's own socket. Apache keeps it up
// to 2 s after its FIN (SECONDS_TO_LINGER), to read what is still under way.
const workerWithin = 2500 * time.Millisecond

// BeProven matches a *containers.Hold of which a process of the server owns the socket and has read what was sent.
func BeProven() types.GomegaMatcher {
	return onHold("be proven", func(h heldConnection, f *finding) error {
		state := h.State()
		if state.Failed != "" || state.NotApplicable != "" {
			return errors.New(state.Failed + state.NotApplicable)
		}
		why := verdict.Proof(verdict.Hold{HoldState: state})
		f.as = why == ""
		f.measured = fmt.Sprintf("measured: process %d owns the socket and has read what was sent", state.PID)
		if !f.as {
			f.measured = "measured: " + why
		}
		return nil
	})
}

// BeReleasedWithin matches a *containers.Hold that the server releases within the time, from when the
// connection was parked. It waits until then.
func BeReleasedWithin(d time.Duration) types.GomegaMatcher {
	return onHold(fmt.Sprintf("be released within %v", d), func(h heldConnection, f *finding) error {
		return judgeRelease(h, f, record.Max, d, record.Fired)
	})
}

// BeHeld matches a *containers.Hold that the server keeps for the time, from when the connection was
// parked and proven. It waits until then.
func BeHeld(d time.Duration) types.GomegaMatcher {
	return onHold(fmt.Sprintf("be held for %v", d), func(h heldConnection, f *finding) error {
		return judgeRelease(h, f, record.AtLeast, d, record.AsDeclared)
	})
}

// FreeItsWorker matches a *containers.Hold after whose release the server closes its own socket within
// the time: 2.5 s where none is given.
func FreeItsWorker(within ...time.Duration) types.GomegaMatcher {
	d := workerWithin
	if len(within) > 0 {
		d = within[0]
	}
	return onHold(fmt.Sprintf("free its worker within %v", d), func(h heldConnection, f *finding) error {
		state := h.State()
		if end, _ := state.Ended(); end != 0 {
			state = await(h.AwaitWorker, d-time.Duration(state.Watched-end)+tells)
		}
		return f.take(verdict.Worker(h.Stage(), limitOf(h, record.Limit{Worker: d.Seconds()}), verdict.Hold{HoldState: state}), record.Fired)
	})
}

// judgeRelease waits until a limit is over, and judges the release against it.
func judgeRelease(h heldConnection, f *finding, kind record.LimitKind, d time.Duration, wanted record.Verdict) error {
	state := h.State()
	began := max(state.Parked, state.Proven)
	if state.Proven != 0 { // one that has ended is asked too: it may have ended with its server
		state = await(h.AwaitRelease, d-time.Duration(state.Watched-began)+wire.EndGrace+tells)
	}
	if kind == record.AtLeast {
		state.Connected = began // the time before the server had the connection is no time that it held it
	}
	limit := limitOf(h, record.Limit{Kind: kind, Seconds: d.Seconds()})
	return f.take(verdict.Release(h.Stage(), limit, verdict.Hold{HoldState: state}), wanted)
}

// await waits for a hold.
func await(wait func(context.Context) record.HoldState, within time.Duration) record.HoldState {
	ctx, cancel := context.WithTimeout(context.Background(), max(within, tells))
	defer cancel()
	return wait(ctx)
}

// limitOf names the directive of a limit.
func limitOf(h heldConnection, limit record.Limit) record.Limit {
	directive, set := h.Limit()
	limit.By = directive
	if directive != "" {
		limit.By = fmt.Sprintf("%s %v", directive, set)
	}
	return limit
}

// take takes a judgement over. One that says nothing is an error.
func (f *finding) take(j record.Judgement, wanted record.Verdict) error {
	switch j.Verdict {
	case record.Inconclusive, record.NotApplicable:
		return errors.New(j.Message)
	}
	f.as, f.measured = j.Verdict == wanted, j.Message
	return nil
}

// onHold is a matcher of holds.
func onHold(wanted string, look func(heldConnection, *finding) error) types.GomegaMatcher {
	return &matcher{wanted: wanted, look: func(actual any) (finding, error) {
		h, is := actual.(heldConnection)
		if !is {
			return finding{subject: fmt.Sprintf("%T", actual)}, errors.New("a *containers.Hold is wanted")
		}
		f := finding{subject: "the hold " + h.String()}
		err := look(h, &f)
		return f, err
	}}
}
