package startup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"stalemate/containers/leftover"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// Before looks at the incarnation before something is done to it.
func (s *scenario) Before(ctx context.Context) (steps.Before, error) {
	log, err := s.pod.Logs(ctx)
	return steps.Before{Leftovers: s.last, Log: log}, err
}

// Judge judges the incarnation to which something was done.
func (s *scenario) Judge(ctx context.Context, judged steps.Judged, before steps.Before) error {
	now, err := s.comesTo(ctx, record.Now())
	if err != nil {
		return fmt.Errorf("%s: %w", judged.What, err)
	}
	if now, err = s.lasts(ctx, now, s.Stays()); err != nil {
		return fmt.Errorf("%s: %w", judged.What, err)
	}
	return s.judge(ctx, asStart(judged), now, before.Leftovers, before.Log)
}

// Assert adds a judgement without another look at the server.
func (s *scenario) Assert(judged steps.Judged) { s.starts = append(s.starts, asStart(judged)) }

func asStart(j steps.Judged) verdict.Start {
	return verdict.Start{What: j.What, Expect: j.Expect, Dead: j.Dead, Log: j.Log, Exit: j.Exit, Status: j.Status, Wrong: j.Wrong, Overdue: j.Overdue}
}

// judge adds what an incarnation came to, with its log since the text before, and says so in the evidence.
func (s *scenario) judge(ctx context.Context, judged verdict.Start, now outcome, before []record.Leftover, saidBefore string) error {
	now.fill(&judged, s.Target.Ready.Within)
	if judged.Seen() == record.Late {
		if stalled := s.tools.Stalled(now.from, record.Now()); stalled >= judged.Served-judged.Within {
			judged.Unproven = fmt.Sprintf("%s, and this machine stalled for %.2f s meanwhile", judged.How(), stalled.Seconds())
		}
	}
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
	incarnation := s.pod.Incarnation()
	if now.served > 0 {
		s.emit(record.Event{T: now.answered, Kind: record.IncarnationReady, Incarnation: &incarnation})
	}
	when := leftover.Running
	if !s.alive {
		when = leftover.Start
	}
	after, err := s.look(ctx, when)
	if err != nil {
		return err
	}
	difference := leftover.Compare(before, after)
	s.Say("%s; found %s; new %s", described(judged, incarnation), names(before), names(append(difference.Appeared, difference.Replaced...)))
	s.starts = append(s.starts, judged)
	return nil
}

// fill says in a judged start what the incarnation came to.
func (o outcome) fill(judged *verdict.Start, within time.Duration) {
	judged.Oracles, judged.Alive, judged.Ended = o.oracles, o.alive, o.ended
	judged.Lasted, judged.Lapse = o.lasted, o.lapse
	judged.Served, judged.Within = o.served, within
}

// described is one line on what an incarnation came to.
func described(judged verdict.Start, incarnation record.Incarnation) string {
	seen := judged.Seen()
	line := fmt.Sprintf("%s (incarnation %d, PID %d, start time %d): %s", judged.What, incarnation.Number, incarnation.PID, incarnation.StartTime, seen)
	if judged.Ended != "" {
		line += ", " + judged.Ended
	}
	if judged.Lasted > 0 {
		line += fmt.Sprintf("; it had served for %.2f s", judged.Lasted.Seconds())
	}
	if seen == record.Refuses {
		line += "; the port: " + judged.Port()
	}
	if len(judged.Log) > 0 && verdict.Missing(judged.Said, judged.Log) == "" {
		line += "; said " + strings.Join(judged.Log, ", ")
	}
	if judged.Status != nil && *judged.Status == 0 && seen != record.Starts {
		line += "; its exit status 0 hides that"
	}
	for _, o := range judged.Oracles {
		if !o.OK && seen == record.Degraded {
			line += fmt.Sprintf("; %s is dead: %.120s", o.Name, o.Detail)
		}
	}
	return line
}

// filled fills the main PID and the daemon's into what a log must say. A daemon that was never seen has no PID: its
// text stays as it is, and is not found in the log.
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
