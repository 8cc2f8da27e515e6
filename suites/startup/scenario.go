package startup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

const (
	// waitFor bounds the wait for the leftover-to-be before a kill.
	waitFor = 10 * time.Second
	// afterReload is how long the main process is watched after a reload before it counts as
	// having survived: Apache reads its configuration again in 0.1 s, and its old children answer meanwhile.
	afterReload = 1500 * time.Millisecond
	// afterRemoval is the same after what it uses was taken away: Apache's main process looks after its children each second.
	afterRemoval = 4 * time.Second
	// patience is how many times what a target needs to be ready a live process may take that serves nothing yet,
	// before its start counts as refused: many start at once here. One that gives up ends, which is seen at once.
	patience = 3
	// daemonAttempts is how often a daemon's PID is aimed at: what forks before it varies seldom.
	daemonAttempts = 5
	// stopWithin bounds a clean stop.
	stopWithin = 15 * time.Second
)

// scenario is one under way.
type scenario struct {
	*unit
	*fixtures.Scenario
	starts   []verdict.Start
	evidence []string
	last     []record.Leftover          // the last list
	changed  bool                       // something was planted, removed or left since
	seen     map[string]record.Leftover // by name, as last seen with an inode number
	daemon   int                        // the PID of the first daemon, where one forks away
	pids     map[int]uint64             // the start time of the latest incarnation of each PID
	number   int                        // starts so far
	touched  bool                       // something was done before the first start
	alive    bool                       // the main process runs
	stranger *stranger
	pending  []fixtures.LeftoverObject // to be planted when the stranger is there
}

// say adds a line to the evidence.
func (s *scenario) say(format string, args ...any) {
	s.evidence = append(s.evidence, fmt.Sprintf(format, args...))
}

// run makes the moves in their order. An error means that one could not be made, and says which.
func (s *scenario) run(ctx context.Context) error {
	s.changed = true
	for i, step := range s.Steps {
		within, cancel := context.WithTimeout(ctx, stepWithin+time.Duration(step.Times)*(patience*s.Target.Ready.Within+stepWithin))
		err := s.move(within, step)
		cancel()
		if err != nil {
			return fmt.Errorf("step %d of %s: %w", i+1, s.Name, err)
		}
	}
	return nil
}

func (s *scenario) move(ctx context.Context, step fixtures.LeftoverStep) error {
	if step.Start == nil && s.number == 0 {
		s.touched = true
	}
	switch {
	case step.Start != nil:
		for range step.Times {
			if err := s.start(ctx, step); err != nil {
				return err
			}
		}
		return nil
	case step.Kill:
		return s.kill(ctx, step)
	case step.Stop:
		exit, err := s.pod.Stop(ctx, "", stopWithin)
		if err != nil {
			return err
		}
		s.alive = false
		s.say("stopped with exit status %d", exit)
		return s.left(ctx, step)
	case step.Reload:
		return s.command(ctx, step, s.leftovers().Reload, afterReload)
	case step.Run != nil:
		return s.command(ctx, step, step.Run, afterReload)
	case step.IPCRM:
		return s.ipcrm(ctx, step)
	case step.Plant != nil:
		if s.leftovers().Stranger && !s.alive {
			s.pending = append(s.pending, step.Plant...) // the stranger has no number yet
			return nil
		}
		return s.change(ctx, "plant", s.objects(step.Plant))
	case step.Remove != nil:
		return s.change(ctx, "remove", s.objects(step.Remove))
	case step.Empty != "":
		return s.empty(ctx, step.Empty)
	case step.File != nil:
		return s.pod.CopyTo(ctx, []pod.File{{From: step.File.From, To: step.File.To, Mode: step.File.Mode}})
	case step.InodeOf != "":
		return s.aimInode(ctx, step.InodeOf, step.InodeLess)
	}
	return errors.New("a step that does nothing")
}

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
	before := s.last
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
	return s.judge(ctx, judged, state, before, "")
}

// aimed starts an incarnation and watches what it comes to. Of a server that forks away from its main process the
// daemon is to have the PID that the first one had: where it serves with another, the start is tried again.
func (s *scenario) aimed(ctx context.Context, options pod.UpOptions, again bool) (record.Incarnation, state, error) {
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
		if attempt == daemonAttempts {
			return incarnation, now, fmt.Errorf("the daemon came as PID %d, not %d, in %d attempts", got, s.daemon, attempt)
		}
		options.PID += s.daemon - got
		if err := s.down(ctx); err != nil {
			return incarnation, now, err
		}
	}
}

// daemonPID is what the daemon's pid file says.
func (s *scenario) daemonPID(ctx context.Context) (int, error) {
	root := fmt.Sprintf("/proc/%d/root", s.pod.Incarnation().PID)
	list, err := s.leftover(ctx, pod.Inspector, "list", leftover.Request{Root: root, Dirs: []string{s.leftovers().Daemon}})
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

// judge adds what an incarnation came to, with its log since the text before.
func (s *scenario) judge(ctx context.Context, judged verdict.Start, now state, before []record.Leftover, saidBefore string) error {
	judged.Oracles, judged.Alive, judged.Ended = now.oracles, now.alive, now.ended
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
	if len(judged.Log) > 0 && verdict.Missing(judged.Said, judged.Log) == "" {
		line += "; said " + strings.Join(judged.Log, ", ")
	}
	if judged.Status != nil && *judged.Status == 0 && seen != record.Starts {
		line += "; its exit status 0 lies"
	}
	for _, o := range judged.Oracles {
		if !o.OK && s.alive {
			line += fmt.Sprintf("; %s is dead: %.120s", o.Name, o.Detail)
		}
	}
	difference := leftover.Compare(before, after)
	s.say("%s; found %s; new %s", line, names(before), names(append(difference.Appeared, difference.Replaced...)))
	s.starts = append(s.starts, judged)
	return nil
}

// down kills what is up, without waiting for anything.
func (s *scenario) down(ctx context.Context) error {
	s.forgetStranger()
	if err := s.pod.Kill(ctx); err != nil {
		return fmt.Errorf("the death of the incarnation is not proven: %w", err)
	}
	if s.alive {
		s.changed = true
	}
	s.alive = false
	return nil
}

// kill is the unclean death, at the chosen moment.
func (s *scenario) kill(ctx context.Context, step fixtures.LeftoverStep) error {
	// One that is degraded or refused need not have what it would leave: its predecessor's was in the way.
	if n := len(s.starts); s.alive && n > 0 && s.starts[n-1].Seen() == record.Starts {
		if err := s.awaitLeftovers(ctx); err != nil {
			return err
		}
	}
	switch step.During {
	case "load":
		if err := s.underLoad(ctx); err != nil {
			return err
		}
	case "reload":
		if err := s.atReload(ctx); err != nil {
			return err
		}
	}
	if err := s.down(ctx); err != nil {
		return err
	}
	return s.left(ctx, step)
}

// left lists what the dead one left, and compares it with what it should have left.
func (s *scenario) left(ctx context.Context, step fixtures.LeftoverStep) error {
	list, err := s.look(ctx, leftover.After)
	if err != nil {
		return err
	}
	for _, one := range step.Leaves {
		kind, pattern, _ := strings.Cut(s.expand(one), " ")
		if len(matching(list, kind, pattern)) == 0 {
			return fmt.Errorf("the dead incarnation left no %s: it left %s", one, names(list))
		}
	}
	return nil
}

// awaitLeftovers waits until what is to be left behind is there.
func (s *scenario) awaitLeftovers(ctx context.Context) error {
	deadline := time.Now().Add(waitFor)
	tick := time.NewTicker(10 * lookEvery)
	defer tick.Stop()
	list := s.last // looked at when it served
	for {
		missing := ""
		for _, pattern := range s.leftovers().WaitFor {
			pattern = strings.ReplaceAll(pattern, "${pid}", fmt.Sprint(s.pod.Incarnation().PID))
			if len(matching(list, "", pattern)) == 0 {
				missing = pattern
			}
		}
		switch {
		case missing == "":
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("%s was not there %s after the start, so that nothing is left behind; there is %s", missing, waitFor, names(list))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		if list, err = s.look(ctx, leftover.Running); err != nil {
			return err
		}
	}
}

// command runs one in the target, and looks at what became of the incarnation.
func (s *scenario) command(ctx context.Context, step fixtures.LeftoverStep, argv []string, settles time.Duration) error {
	before := s.last
	said, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	exit, output, err := s.pod.ExecTarget(ctx, argv)
	known := !errors.Is(err, pod.ErrTakenAlong)
	if err != nil && known {
		return err
	}
	judged := verdict.Start{What: strings.Join(argv, " "), Expect: step.Expect, Dead: step.Dead, Log: step.Log}
	status := "no exit status, since the server's end took the command along"
	if known { // nothing can be asserted of a status that was never given
		judged.Exit, judged.Status = step.Exit, &exit
		status = fmt.Sprintf("exit status %d", exit)
	}
	text := ""
	if output = strings.TrimSpace(output); output != "" {
		text = fmt.Sprintf(", saying %.200q", output)
	}
	s.say("%s: %s%s", quoted(argv), status, text)
	if step.KillsStranger {
		judged.Wrong = s.strangerLives(ctx)
	}
	if step.Expect == "" {
		s.starts = append(s.starts, judged)
		return nil
	}
	return s.lookAgain(ctx, judged, before, said, settles)
}

// ipcrm takes every SysV object of the pod away, as `ipcrm -a` does.
func (s *scenario) ipcrm(ctx context.Context, step fixtures.LeftoverStep) error {
	before := s.last
	said, err := s.pod.Logs(ctx)
	if err != nil {
		return err
	}
	var all []leftover.Object
	for _, kind := range []string{leftover.SysVShm, leftover.SysVSem, leftover.SysVMsg} {
		all = append(all, leftover.Object{Kind: kind, Name: "*"})
	}
	if err := s.change(ctx, "remove", all); err != nil {
		return err
	}
	judged := verdict.Start{What: "ipcrm -a", Expect: step.Expect, Dead: step.Dead, Log: step.Log, Exit: step.Exit}
	return s.lookAgain(ctx, judged, before, said, afterRemoval)
}

// lookAgain judges a running incarnation to which something was done.
func (s *scenario) lookAgain(ctx context.Context, judged verdict.Start, before []record.Leftover, said string, settles time.Duration) error {
	if err := s.quiet(ctx, settles); err != nil {
		return err
	}
	now, err := s.watch(ctx, patience*s.Target.Ready.Within)
	if err != nil {
		return fmt.Errorf("%s: %w", judged.What, err)
	}
	return s.judge(ctx, judged, now, before, said)
}
