package startup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"stalemate/attackers"
	"stalemate/containers/pid"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/verdict"
)

const (
	// lookEvery is the time between two looks at a start that is not decided yet.
	lookEvery = 25 * time.Millisecond
	// settles is how long what is still dead when something else is served already is tried again.
	settles = 3 * time.Second
)

// oracles are those of the file, or the exchange of ready.
func (u *unit) oracles() []fixtures.Oracle {
	if all := u.leftovers().Oracles; len(all) > 0 {
		return all
	}
	ready := u.Target.Ready
	o := fixtures.Oracle{Name: "ready", Kind: "http", Listener: ready.Listener, Path: ready.Path, Status: ready.Status, Within: settles}
	if ready.Status == 0 {
		o.Kind = "tcp"
	}
	return []fixtures.Oracle{o}
}

// ask asks one oracle once.
func (u *unit) ask(ctx context.Context, o fixtures.Oracle) (verdict.Oracle, error) {
	i := slices.IndexFunc(u.Target.Listeners, func(l fixtures.Listener) bool { return l.Name == o.Listener })
	q := campaign.Question(u.pod, u.Target, u.Target.Listeners[i])
	q.Timeout, q.Expect = o.Within, o.Status
	q.Request.Path = o.Path
	if o.Kind == "digest" {
		return u.askDigest(ctx, o, q)
	}
	result, err := u.asker.ask(ctx, q)
	return verdict.Oracle{Name: o.Name, OK: result.OK, Detail: result.Error, Class: result.ErrorClass}, err
}

// askDigest authenticates, and then sends the same answer again: a server whose counter is alive refuses the replay.
func (u *unit) askDigest(ctx context.Context, o fixtures.Oracle, q attackers.ProbeRequest) (verdict.Oracle, error) {
	seen := verdict.Oracle{Name: o.Name}
	q.Expect = http.StatusUnauthorized
	result, err := u.asker.ask(ctx, q)
	if err != nil || !result.OK {
		seen.Detail, seen.Class = "no challenge: "+result.Error, result.ErrorClass
		return seen, err
	}
	challenge := http.Header(result.Headers).Get("WWW-Authenticate")
	answer, err := attackers.DigestAuthorization(challenge, o.User, o.Password, http.MethodGet, q.Request.Path, 1)
	if err != nil {
		seen.Detail = err.Error()
		return seen, nil
	}
	q.Headers, q.Expect = map[string]string{"Authorization": answer}, o.Status
	if result, err = u.asker.ask(ctx, q); err != nil || !result.OK {
		seen.Detail, seen.Class = "not let in: "+result.Error, result.ErrorClass
		return seen, err
	}
	q.Expect = http.StatusUnauthorized
	if result, err = u.asker.ask(ctx, q); err != nil || !result.OK {
		seen.Detail, seen.Class = "the replay of a nonce was not refused: "+result.Error, result.ErrorClass
		return seen, err
	}
	seen.OK = true
	return seen, nil
}

// state is what an incarnation has come to.
type state struct {
	oracles []verdict.Oracle
	alive   bool   // its main process, with its start time
	ended   string // how, where it did
	status  *int   // its exit status, where it ended
}

// watch looks at the incarnation until everything is served, or it has ended, or
// nothing more is to be expected: what is dead when something else is served is tried again for a while.
func (u *unit) watch(ctx context.Context, within time.Duration) (state, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	main := follow(ctx, u.pod)
	deadline, partly := time.Now().Add(within), time.Time{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		running, err := main.runs()
		if err != nil {
			return state{}, err
		}
		var s state
		good := 0
		for _, o := range u.oracles() {
			seen, err := u.ask(ctx, o)
			if err != nil {
				return state{}, err
			}
			if seen.OK {
				good++
			}
			s.oracles = append(s.oracles, seen)
			if !seen.OK && running && good == 0 && time.Now().Before(deadline) {
				break // not up yet: the others can wait
			}
		}
		now := time.Now()
		if good > 0 && partly.IsZero() {
			partly = now
		}
		switch {
		case !running:
			exit, err := u.exitStatus(ctx)
			s.ended, s.status = fmt.Sprintf("exit status %d", exit), &exit
			return s, err
		case good == len(u.oracles()), now.After(deadline), !partly.IsZero() && now.Sub(partly) > settles:
			if s.alive, s.ended, err = u.mainLives(ctx); err != nil {
				return s, err
			}
			if len(s.oracles) == len(u.oracles()) {
				return s, nil
			}
			deadline = now // once more, and all of them
		}
		if err := main.pause(ctx, tick.C); err != nil {
			return s, err
		}
	}
}

// exitStatus is that of a main process which has ended.
func (u *unit) exitStatus(ctx context.Context) (int, error) {
	running, exit, _, err := u.pod.State(ctx)
	if err == nil && running {
		err = errors.New("the engine says that the main process has ended, and that it runs")
	}
	return exit, err
}

// mainLives says whether the main process is the one that was started.
func (u *unit) mainLives(ctx context.Context) (alive bool, ended string, err error) {
	was := u.pod.Incarnation()
	now, err := u.pod.Main(ctx)
	if err == nil {
		alive, ended = sameProcess(was, now)
		return alive, ended, nil
	}
	// Who would tell goes itself with a main process that is PID 1.
	running, exit, _, stateErr := u.pod.State(ctx)
	switch {
	case stateErr == nil && !running:
		return false, fmt.Sprintf("exit status %d", exit), nil
	case errors.Is(err, pod.ErrGone):
		return false, err.Error(), nil
	}
	return false, "", fmt.Errorf("whether the main process lives is not known: %w", err)
}

// sameProcess says whether a process is the one that was started, and what it is if not.
func sameProcess(was record.Incarnation, now pid.Stat) (same bool, instead string) {
	if now.StartTime != was.StartTime || now.State == "Z" {
		return false, fmt.Sprintf("PID %d is %s, started at tick %d instead of %d", now.PID, now.Comm, now.StartTime, was.StartTime)
	}
	return true, ""
}

// quiet waits until the main process has ended or the time is over: what a reload or a
// removal does to it takes a moment, in which the old children still answer.
func (u *unit) quiet(ctx context.Context, within time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	over := time.NewTimer(within)
	defer over.Stop()
	return follow(ctx, u.pod).pause(ctx, over.C)
}
