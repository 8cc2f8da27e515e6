package startup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// settle waits until what was done to an incarnation has had its effect; said is its log before.
type settle func(ctx context.Context, said string) error

// command runs one in the target, and looks at what became of the incarnation.
func (s *scenario) command(ctx context.Context, step fixtures.LeftoverStep, argv []string, settled settle) error {
	if step.KillsStranger || step.SparesStranger {
		if err := s.strangerReady(ctx); err != nil {
			return err
		}
	}
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
	switch {
	case step.KillsStranger:
		judged.Wrong, err = s.strangerKilled(ctx)
	case step.SparesStranger:
		judged.Wrong, err = s.strangerSpared(ctx)
	default:
		err = nil
	}
	if err != nil {
		return err
	}
	if step.Expect == "" {
		s.starts = append(s.starts, judged)
		return nil
	}
	return s.lookAgain(ctx, judged, before, said, settled)
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
	if err := s.change(ctx, leftover.ToRemove, all); err != nil {
		return err
	}
	judged := verdict.Start{What: "ipcrm -a", Expect: step.Expect, Dead: step.Dead, Log: step.Log, Exit: step.Exit}
	return s.lookAgain(ctx, judged, before, said, func(ctx context.Context, _ string) error { return s.quiet(ctx, afterRemoval) })
}

// lookAgain judges a running incarnation to which something was done.
func (s *scenario) lookAgain(ctx context.Context, judged verdict.Start, before []record.Leftover, said string, settled settle) error {
	if err := settled(ctx, said); err != nil {
		return err
	}
	now, err := s.watch(ctx, patience*s.Target.Ready.Within)
	if err != nil {
		return fmt.Errorf("%s: %w", judged.What, err)
	}
	return s.judge(ctx, judged, now, before, said)
}
