package startup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

const (
	// startWithin bounds the start of a pod, while many start at once.
	startWithin = 2 * time.Minute
	// stepWithin bounds one step of a scenario, without what the target needs to be ready.
	stepWithin  = time.Minute
	closeWithin = 30 * time.Second
	// killAttempts is how often a kill in the middle of a reload, a start or a stop is tried: a reload takes 0.1 s.
	killAttempts = 8
)

// scenarioPod is one pod. It goes through scenarios of one target.
type scenarioPod struct {
	plan.StartUnit
	tools      *run.Background
	judgements *judgements
	budget     *pod.Budget
	limit      *parallelLimit
	pod        run.Server
	prober     *pod.Requester[wire.ProbeResult]

	mu   sync.Mutex
	cell *plan.Cell // the scenario under way
}

func (u *scenarioPod) leftovers() *target.Leftovers { return u.Target.Leftovers }

func (u *scenarioPod) run(ctx context.Context) error {
	start, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	spec, err := u.tools.Spec(u.Target, u.Name)
	if err != nil {
		return fmt.Errorf("start target %s: %w", u.Target.Name, err)
	}
	spec.Roles, spec.Budget, spec.Inspector = []pod.Role{pod.Witness}, u.budget, u.inspector()
	spec.Access = u.access()
	if spec.Volumes, err = u.volumes(); err != nil {
		return fmt.Errorf("start target %s: %w", u.Target.Name, err)
	}
	if d := u.leftovers().RunDir; d != nil {
		switch d.On {
		case "tmpfs":
			spec.Tmpfs = with(spec.Tmpfs, d.Path)
		case "own-tmpfs":
			spec.OwnTmpfs = with(spec.OwnTmpfs, d.Path)
		}
	}
	if u.pod, err = u.tools.StartPod(start, spec, u.emit); err != nil {
		return fmt.Errorf("start target %s: %w", u.Target.Name, err)
	}
	defer u.close()
	u.prober = pod.NewRequester[wire.ProbeResult](ctx, u.pod, pod.Attacker, wire.CommandAsk)
	for i, cell := range u.Cells {
		if ctx.Err() != nil {
			return fmt.Errorf("start target %s: %w", u.Target.Name, ctx.Err())
		}
		u.mu.Lock()
		u.cell = cell
		u.mu.Unlock()
		if i > 0 {
			if err := u.afresh(ctx); err != nil {
				return fmt.Errorf("clean up between two scenarios of target %s: %w", u.Target.Name, err)
			}
		}
		u.scenario(ctx, cell)
	}
	return nil
}

// inspector says when the inspector starts, which lists what a living incarnation creates. Where it starts after the target, it
// takes PIDs that the target's later processes would get. So it starts first where those PIDs count, and where it is the
// stranger. With bare it cannot, and so it starts when the incarnation has been judged.
func (u *scenarioPod) inspector() pod.When {
	if l := u.leftovers(); u.Target.RestartAs != pod.Bare && (l.Daemon != "" || l.Stranger != nil) {
		return pod.BeforeTarget
	}
	return pod.WhenAsked
}

func with(all map[string]string, path string) map[string]string {
	more := map[string]string{path: "mode=0755"}
	for k, v := range all {
		more[k] = v
	}
	return more
}

// scenario carries one out and posts its judgement.
func (u *scenarioPod) scenario(ctx context.Context, cell *plan.Cell) {
	began := time.Now()
	s := u.newScenario(cell)
	err := s.run(ctx)
	for attempt := 2; errors.Is(err, steps.ErrMissed) && !s.failed() && attempt <= killAttempts; attempt++ {
		u.emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("attempt %d of %d: %v", attempt-1, killAttempts, err)})
		s.forgetStranger()
		if err = u.afresh(ctx); err == nil {
			s = u.newScenario(cell)
			err = s.run(ctx)
		}
	}
	s.forgetStranger()
	log := u.lastLog(ctx) // the search for leftovers in the image starts the server again
	s.searchImage(ctx)
	j, asControl := verdict.Scenario(cell.Plan, s.starts), verdict.AsControl(cell.Plan, s.starts)
	if err != nil {
		j, asControl = verdict.CutShort(j, run.NotJudged(cell, err)), verdict.CutShort(asControl, run.NotJudged(cell, err))
	}
	j, asControl = run.WithinMemory(ctx, u.pod, u.Target, j), run.WithinMemory(ctx, u.pod, u.Target, asControl)
	if j.Status != record.Passed && log != "" {
		u.emit(record.Event{Kind: record.PodLog, Note: log})
	}
	j.Evidence = append(j.Evidence, s.evidence...)
	j.Took = time.Since(began).Seconds()
	u.judgements.post(cell, judged{j, asControl})
}

// failed says whether a start was not as expected so far. Another attempt must not make that forgotten.
func (s *scenario) failed() bool {
	return verdict.Scenario(record.Plan{}, s.starts).Status == record.Failed
}

// emit writes an event of this pod and, while one is under way, its scenario.
func (u *scenarioPod) emit(e record.Event) {
	e.Target, e.Pod = u.Target.Name, u.Name
	if e.T == 0 {
		e.T = record.Now()
	}
	u.mu.Lock()
	if u.cell != nil {
		e.Cell = u.cell.Address
	}
	u.mu.Unlock()
	u.tools.Write(e)
}

func (u *scenarioPod) close() {
	u.prober.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if err := u.pod.Close(ctx); err != nil {
		u.emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("remove the pod of %s: %v; the reaper removes the rest", u.Name, err)})
	}
}

// logTail is how much of a target's log a report keeps, in bytes.
const logTail = 4000

// lastLog is the end of the last incarnation's log, "" without one.
func (u *scenarioPod) lastLog(ctx context.Context) string {
	if u.pod.Incarnation().Number == 0 {
		return ""
	}
	text, err := u.pod.Logs(ctx)
	if err != nil {
		return ""
	}
	return tail(text)
}

func tail(text string) string {
	if len(text) <= logTail {
		return text
	}
	return "…" + text[len(text)-logTail:]
}
