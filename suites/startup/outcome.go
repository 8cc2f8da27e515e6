package startup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// lookEvery is the time between two looks at a start that is not decided yet.
const lookEvery = 25 * time.Millisecond

// patience is how many times ready.within stalemate watches a live process that serves nothing yet: it tells how late the start
// is. A process that gives up ends, which is seen at once.
const patience = 3

// restWithin is how long the other oracles of a late start have, once the first one is served after ready.within: they are
// asked one after the other, and a server that begins to listen between two questions is not degraded.
const restWithin = time.Second

// outcome is what an incarnation has come to.
type outcome struct {
	oracles  []verdict.Oracle
	alive    bool          // its main process, with its start time
	ended    string        // how, where it did
	status   *int          // its exit status, where it ended
	from     int64         // when the start began, in nanoseconds of CLOCK_MONOTONIC
	served   time.Duration // from then until everything was served; 0 where it was not
	answered int64         // when everything was served, or the first part of it; 0: nothing was
	lasted   time.Duration // from answered until something was not served any more, or the main process had ended; 0: it lasted
	lapse    string        // what was not served for a while, and is again
}

// comesTo looks at the incarnation until everything is served, or it has ended, or the time of ready.within is over. Each oracle
// has all of that time. from is when the start began. Where nothing is served then, it is watched for longer.
func (u *scenarioPod) comesTo(ctx context.Context, from int64) (outcome, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	main, times := follow(ctx, u.pod), newServiceTimes(from)
	answered := int64(0)
	takeBack := func() {}
	defer func() { takeBack() }()
	due := from + int64(u.Target.Ready.Within)
	giveUp := from + int64(patience*u.Target.Ready.Within)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		began := record.Now()
		running, err := main.runs()
		if err != nil {
			return outcome{}, err
		}
		s := outcome{from: from, answered: answered}
		good := 0
		for _, o := range u.oracles() {
			seen, err := u.ask(ctx, o)
			if err != nil {
				return outcome{}, err
			}
			times.add(seen)
			if seen.OK {
				good++
			}
			s.oracles = append(s.oracles, seen.Oracle)
			if !seen.OK && running && good == 0 && began < due {
				break // not up yet: the others can wait
			}
		}
		switch {
		case !running:
			exit, err := u.exitStatus(ctx)
			s.ended, s.status = fmt.Sprintf("exit status %d", exit), &exit
			return s, err
		case good == len(u.oracles()):
			s.served, s.answered = times.all(), record.Now()
			s.alive, s.ended, err = u.mainLives(ctx)
			return s, err
		case began >= giveUp, began >= due && good > 0 && answered != 0 && began-answered >= int64(restWithin):
			s.alive, s.ended, err = u.mainLives(ctx)
			return s, err
		case good > 0 && answered == 0:
			answered = record.Now()
			takeBack = u.limit.lend() // the rest may take all of ready.within, and most often never comes
		}
		if err := main.pause(ctx, tick.C); err != nil {
			return s, err
		}
	}
}

// exitStatus is that of a main process which has ended.
func (u *scenarioPod) exitStatus(ctx context.Context) (int, error) {
	running, exit, _, err := u.pod.State(ctx)
	if err == nil && running {
		err = errors.New("the engine reports that the main process has ended, and that it runs")
	}
	return exit, err
}

// mainLives says whether the main process is the one that was started.
func (u *scenarioPod) mainLives(ctx context.Context) (alive bool, ended string, err error) {
	now, err := u.pod.Main(ctx)
	if err == nil {
		alive, ended = sameProcess(u.pod.Incarnation(), now)
		return alive, ended, nil
	}
	// A main process that is PID 1 takes the inspector with it.
	running, exit, _, stateErr := u.pod.State(ctx)
	switch {
	case stateErr == nil && !running:
		return false, fmt.Sprintf("exit status %d", exit), nil
	case errors.Is(err, pod.ErrGone):
		return false, err.Error(), nil
	}
	return false, "", fmt.Errorf("ask whether the main process lives: %w", err)
}

// sameProcess says whether a process is the one that was started, and what it is if not.
func sameProcess(was record.Incarnation, now proc.Stat) (same bool, instead string) {
	if now.StartTime != was.StartTime || now.State == "Z" {
		return false, fmt.Sprintf("PID %d is %s, started at tick %d instead of %d", now.PID, now.Comm, now.StartTime, was.StartTime)
	}
	return true, ""
}

// Watch returns when the main process has ended, or when the time is over. What a reload or a removal does to the
// process takes a moment, in which its old children still answer.
func (u *scenarioPod) Watch(ctx context.Context, within time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	over := time.NewTimer(within)
	defer over.Stop()
	return follow(ctx, u.pod).pause(ctx, over.C)
}
