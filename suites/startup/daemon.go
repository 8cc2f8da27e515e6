package startup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/reports/record"
)

const (
	// daemonAttempts is how often a daemon's PID is aimed at. The engine's start of a container takes 5 to 7 PIDs between the main
	// process and its first child, as it comes, so five attempts can all miss.
	daemonAttempts = 12
	// daemonWithin is how long the pid file of a server that serves may name no live process: a daemon may write it late.
	daemonWithin = 3 * time.Second
)

// aimed starts an incarnation and watches what it comes to. Where the server forks away from its main process, the
// daemon must have the PID that the first daemon had. If it serves with another PID, the start is tried again.
func (s *scenario) aimed(ctx context.Context, options pod.UpOptions, again bool) (record.Incarnation, outcome, error) {
	before := s.last
	aims := s.leftovers().Daemon != "" && again
	var left *pod.File // the pid file of the dead daemon
	if aims && s.daemon != 0 {
		var err error
		if left, err = s.pod.ReadFile(ctx, s.leftovers().Daemon); err != nil {
			return record.Incarnation{}, outcome{}, err
		}
	}
	for attempt := 1; ; attempt++ {
		incarnation, err := s.pod.Up(ctx, options)
		if err != nil {
			return incarnation, outcome{}, err
		}
		s.alive = true
		now, err := s.comesTo(ctx, incarnation.Began)
		if err != nil || !aims || !now.alive || !now.oracles[0].OK {
			return incarnation, now, err
		}
		got, missing, err := s.daemonPID(ctx)
		switch {
		case err != nil:
			return incarnation, now, err
		case missing != "" && s.daemon == 0:
			return incarnation, now, fmt.Errorf("leftovers.daemon: nothing to aim at: %s", missing)
		case missing != "":
			s.Say("no daemon runs: %s", missing)
			return incarnation, now, nil
		case s.daemon == 0:
			s.daemon = got
			s.Say("the daemon has PID %d, %d above its main process", got, got-incarnation.PID)
		}
		if got == s.daemon {
			return incarnation, now, nil
		}
		s.emit(record.Event{Kind: record.ForceAttempt, Force: &record.Force{Wanted: s.daemon, Got: got, Attempt: attempt}})
		s.Say("attempt %d: the daemon served as PID %d instead of %d, so this start proves nothing", attempt, got, s.daemon)
		if attempt == daemonAttempts {
			return incarnation, now, fmt.Errorf("the daemon had PID %d instead of %d in the last of %d attempts", got, s.daemon, attempt)
		}
		if s.Target.RestartAs != pod.Bare { // there the main PID is always 1, and the daemon's comes as it comes
			options.PID += s.daemon - got
		}
		if err := s.TakeDown(ctx); err != nil {
			return incarnation, now, err
		}
		if err := s.sweep(ctx, before, left); err != nil {
			return incarnation, now, err
		}
	}
}

// sweep removes what an attempt left behind that missed its PID, and puts the pid file back that it wrote over. Otherwise the
// next attempt would find another predecessor than the first.
func (s *scenario) sweep(ctx context.Context, before []record.Leftover, left *pod.File) error {
	now, err := s.look(ctx, leftover.After)
	if err != nil {
		return err
	}
	missed := removable(leftover.Compare(before, now).Appeared, s.volatile)
	if err := s.change(ctx, leftover.ToRemove, missed); err != nil {
		return err
	}
	if left != nil {
		if err := s.pod.CopyTo(ctx, []pod.File{*left}); err != nil {
			return fmt.Errorf("put the pid file %s back: %w", left.To, err)
		}
	}
	_, err = s.look(ctx, leftover.Before)
	return err
}

// daemonPID is the PID that the daemon's pid file names. missing says why it names no live process. A file that a dead daemon left
// behind still names that one.
func (s *scenario) daemonPID(ctx context.Context) (number int, missing string, err error) {
	root := proc.Path(proc.Root, s.pod.Incarnation().PID, "root")
	name := s.leftovers().Daemon
	named, err := s.within(ctx, daemonWithin, func() (bool, error) {
		list, err := s.pod.Leftovers(ctx, pod.Inspector, leftover.ToList, leftover.Request{Root: root, PIDFile: name})
		switch {
		case err != nil:
			return false, err
		case len(list) == 0:
			missing = name + " does not exist"
			return false, nil
		case list[0].Holds == 0:
			missing = fmt.Sprintf("the first line of %s is no PID", name)
			return false, nil
		}
		number = list[0].Holds
		missing = fmt.Sprintf("%s names PID %d, and no such process runs", name, number)
		now, err := s.pod.Process(ctx, number)
		if errors.Is(err, pod.ErrGone) {
			return false, nil
		}
		return err == nil && now.State != "Z", err
	})
	if named {
		missing = ""
	}
	return number, missing, err
}
