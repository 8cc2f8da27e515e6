package startup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// start lets an incarnation come up, after killing what is up, and judges it.
func (s *scenario) start(ctx context.Context, step fixtures.LeftoverStep) error {
	if err := s.down(ctx); err != nil {
		return err
	}
	wanted := *step.Start
	if wanted == 0 {
		wanted = s.leftovers().PID
	}
	if s.Target.RestartAs == pod.Bare {
		wanted = 0
	}
	if s.changed {
		if _, err := s.look(ctx, leftover.Before); err != nil {
			return err
		}
	}
	if s.Target.RestartAs == pod.Kubernetes && s.number > 0 {
		// The layer that was listed goes with its container.
		s.last = slices.DeleteFunc(s.last, func(l record.Leftover) bool { return !isIPC(l.Kind) && !s.volatile(l.Name) })
	}
	s.number++
	judged := verdict.Start{What: fmt.Sprintf("start %d", s.number), First: s.number == 1 && !s.touched,
		Expect: step.Expect, Dead: step.Dead, Log: step.Log, Exit: step.Exit}
	if wanted > 0 {
		judged.What += fmt.Sprintf(" with PID %d", wanted)
	}
	options := pod.UpOptions{PID: wanted}
	if s.leftovers().Stranger {
		options.Before = s.welcomeStranger
	}
	incarnation, state, err := s.aimed(ctx, options, *step.Start == 0)
	switch {
	case errors.Is(err, pod.ErrBeyond):
		judged.NotRun = err.Error()
	case err != nil:
		judged.Unproven = "could not force the start: " + err.Error()
	}
	if err != nil {
		s.starts = append(s.starts, judged)
		s.say("%s: %v", judged.What, err)
		return nil
	}
	s.collided(incarnation)
	s.pending, s.planted = nil, nil
	return s.judge(ctx, judged, state, s.last, "") // looked at last before the target was there
}

// aimed starts an incarnation and watches what it comes to. Of a server that forks away from its main process the
// daemon is to have the PID that the first one had: where it serves with another, the start is tried again.
func (s *scenario) aimed(ctx context.Context, options pod.UpOptions, again bool) (record.Incarnation, state, error) {
	before := s.last
	for attempt := 1; ; attempt++ {
		incarnation, err := s.pod.Up(ctx, options)
		if err != nil {
			return incarnation, state{}, err
		}
		s.alive = true
		now, err := s.watch(ctx, patience*s.Target.Ready.Within)
		if err != nil || s.leftovers().Daemon == "" || !again {
			return incarnation, now, err
		}
		got, err := s.daemonPID(ctx)
		if err != nil {
			return incarnation, now, err
		}
		served := now.alive && now.oracles[0].OK
		if s.daemon == 0 && served {
			s.daemon = got
			s.say("the daemon has PID %d, %d above its main process", got, got-incarnation.PID)
		}
		if !served || got == s.daemon {
			return incarnation, now, nil
		}
		s.emit(record.Event{Kind: record.ForceAttempt, Force: &record.Force{Wanted: s.daemon, Got: got, Attempt: attempt}})
		s.say("attempt %d: the daemon served as PID %d, not %d: its start says nothing", attempt, got, s.daemon)
		if attempt == daemonAttempts {
			return incarnation, now, fmt.Errorf("the daemon came as PID %d, not %d, in %d attempts", got, s.daemon, attempt)
		}
		options.PID += s.daemon - got
		if err := s.down(ctx); err != nil {
			return incarnation, now, err
		}
		if err := s.sweep(ctx, before); err != nil {
			return incarnation, now, err
		}
	}
}

// sweep removes what an attempt of ours left that missed its PID: it must not be what stops a later one.
func (s *scenario) sweep(ctx context.Context, before []record.Leftover) error {
	now, err := s.look(ctx, leftover.After)
	if err != nil {
		return err
	}
	ours := removable(leftover.Compare(before, now).Appeared, s.volatile)
	if len(ours) == 0 {
		return nil
	}
	if err := s.change(ctx, leftover.ToRemove, ours); err != nil {
		return err
	}
	_, err = s.look(ctx, leftover.Before)
	return err
}

// daemonPID is what the daemon's pid file says.
func (s *scenario) daemonPID(ctx context.Context) (int, error) {
	root := fmt.Sprintf("/proc/%d/root", s.pod.Incarnation().PID)
	list, err := s.pod.Leftovers(ctx, pod.Inspector, leftover.ToList, leftover.Request{Root: root, Dirs: []string{s.leftovers().Daemon}})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].Holds, nil
}

// collided tells of a PID that was used again: another process under the same number.
func (s *scenario) collided(now record.Incarnation) {
	if was, again := s.pids[now.PID]; again && was != now.StartTime {
		s.emit(record.Event{Kind: record.PIDCollision, Force: &record.Force{Wanted: now.PID, Got: now.PID, Attempt: now.Number}})
	}
	s.pids[now.PID] = now.StartTime
}

// filled fills the main PID and the daemon's into what a log must say. A daemon that was never seen has no PID: its text stays, and is not found.
func filled(log []string, main, daemon int) []string {
	pairs := []string{"${pid}", strconv.Itoa(main)}
	if daemon > 0 {
		pairs = append(pairs, "${daemon}", strconv.Itoa(daemon))
	}
	all := slices.Clone(log)
	for i, text := range all {
		all[i] = strings.NewReplacer(pairs...).Replace(text)
	}
	return all
}

// judge adds what an incarnation came to, with its log since the text before.
func (s *scenario) judge(ctx context.Context, judged verdict.Start, now state, before []record.Leftover, saidBefore string) error {
	judged.Oracles, judged.Alive, judged.Ended = now.oracles, now.alive, now.ended
	judged.Log = filled(judged.Log, s.pod.Incarnation().PID, s.daemon)
	if judged.Status == nil {
		judged.Status = now.status
	}
	s.alive = now.status == nil
	if len(judged.Log) > 0 || judged.Seen() != record.Starts {
		said, err := s.pod.Logs(ctx)
		if err != nil {
			return err
		}
		judged.Said = strings.TrimPrefix(said, saidBefore)
	}
	seen := judged.Seen()
	incarnation := s.pod.Incarnation()
	if seen == record.Starts {
		s.emit(record.Event{Kind: record.IncarnationReady, Incarnation: &incarnation})
	}
	when := leftover.Running
	if !s.alive {
		when = leftover.Start
	}
	after, err := s.look(ctx, when)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("%s (incarnation %d, PID %d, start time %d): %s", judged.What, incarnation.Number, incarnation.PID, incarnation.StartTime, seen)
	if now.ended != "" {
		line += ", " + now.ended
	}
	if seen == record.Refuses {
		line += "; the port: " + judged.Port()
	}
	if len(judged.Log) > 0 && verdict.Missing(judged.Said, judged.Log) == "" {
		line += "; said " + strings.Join(judged.Log, ", ")
	}
	if judged.Status != nil && *judged.Status == 0 && seen != record.Starts {
		line += "; its exit status 0 lies"
	}
	for _, o := range judged.Oracles {
		if !o.OK && seen == record.Degraded {
			line += fmt.Sprintf("; %s is dead: %.120s", o.Name, o.Detail)
		}
	}
	difference := leftover.Compare(before, after)
	s.say("%s; found %s; new %s", line, names(before), names(append(difference.Appeared, difference.Replaced...)))
	s.starts = append(s.starts, judged)
	return nil
}
