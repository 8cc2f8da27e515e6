package startup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

const (
	// startWithin bounds the start of a pod, many of them at once included.
	startWithin = 2 * time.Minute
	// stepWithin bounds one move of a scenario, what a target needs to be ready not included.
	stepWithin  = time.Minute
	closeWithin = 30 * time.Second
	// reloadAttempts is how often a kill in the middle of a reload is tried: a reload takes 0.1 s.
	reloadAttempts = 8
)

// unit is one pod that goes through scenarios of one target.
type unit struct {
	plan.StartUnit
	tools  *campaign.Tools
	board  *board
	budget *pod.Budget
	pod    *pod.Pod
	asker  *asker

	mu   sync.Mutex
	cell *plan.Cell // the scenario under way
}

func (u *unit) leftovers() *fixtures.Leftovers { return u.Target.Leftovers }

func (u *unit) run(ctx context.Context) error {
	start, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	spec, err := u.tools.Spec(start, u.Target, u.Name)
	if err != nil {
		return fmt.Errorf("start target %s: %w", u.Target.Name, err)
	}
	spec.Roles, spec.Budget, spec.Inspector = []pod.Role{pod.Witness}, u.budget, u.inspector()
	if d := u.leftovers().RunDir; d != nil {
		switch d.On {
		case "tmpfs":
			spec.Tmpfs = with(spec.Tmpfs, d.Path)
		case "own-tmpfs":
			spec.OwnTmpfs = with(spec.OwnTmpfs, d.Path)
		}
	}
	if u.pod, err = pod.Start(start, u.tools.Engine(), spec, u.emit); err != nil {
		return fmt.Errorf("start target %s: %w", u.Target.Name, err)
	}
	defer u.close()
	u.asker = newAsker(ctx, u.pod)
	for i, cell := range u.Cells {
		if ctx.Err() != nil {
			return fmt.Errorf("start target %s: %w", u.Target.Name, ctx.Err())
		}
		u.mu.Lock()
		u.cell = cell
		u.mu.Unlock()
		if i > 0 {
			if err := u.afresh(ctx); err != nil {
				return fmt.Errorf("make target %s as it was before its first start: %w", u.Target.Name, err)
			}
		}
		u.scenario(ctx, cell)
	}
	return nil
}

// inspector says from when on it is needed: to list what a living incarnation leaves. One that is started behind the target
// takes numbers of the processes that the target is yet to start, so that it comes first where theirs count, and where it
// is the stranger that the target meets.
func (u *unit) inspector() pod.When {
	if l := u.leftovers(); l.Daemon != "" || l.Stranger {
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
func (u *unit) scenario(ctx context.Context, cell *plan.Cell) {
	began := time.Now()
	s := u.newScenario(cell)
	err := s.run(ctx)
	for attempt := 2; errors.Is(err, errMissed) && attempt <= reloadAttempts; attempt++ {
		u.emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("attempt %d of %d: %v", attempt-1, reloadAttempts, err)})
		s.forgetStranger()
		if err = u.afresh(ctx); err == nil {
			s = u.newScenario(cell)
			err = s.run(ctx)
		}
	}
	s.forgetStranger()
	j := verdict.Scenario(cell.Plan, s.starts)
	if err != nil {
		j = verdict.CutShort(j, campaign.Unjudged(cell, err))
	}
	if j.Status != record.Passed && u.pod.Incarnation().Number > 0 {
		if text, err := u.pod.Logs(ctx); err == nil {
			u.emit(record.Event{Kind: record.PodLog, Note: tail(text)})
		}
	}
	j.Evidence = append(j.Evidence, s.evidence...)
	j.Took = time.Since(began).Seconds()
	u.board.post(cell, j)
}

func (u *unit) newScenario(cell *plan.Cell) *scenario {
	return &scenario{unit: u, Scenario: cell.Scenario, seen: map[string]record.Leftover{}, pids: map[int]uint64{}}
}

// afresh takes everything away that the scenario before left: its processes, its
// layer, its IPC objects, and what is on a tmpfs that outlives it.
func (u *unit) afresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepWithin)
	defer cancel()
	if err := u.pod.Kill(ctx); err != nil {
		return err
	}
	if u.keepsIPC() {
		if _, err := u.pod.Leftovers(ctx, pod.Witness, leftover.ToRemove, leftover.Request{Objects: u.outlives()}); err != nil {
			return err
		}
	}
	return u.pod.Fresh(ctx)
}

// outlives is everything that stays when an incarnation and its layer go: IPC objects, and what is on a tmpfs of the pod's.
func (u *unit) outlives() []leftover.Object {
	var all []leftover.Object
	for _, kind := range []string{leftover.PosixShm, leftover.SysVShm, leftover.SysVSem, leftover.SysVMsg} {
		all = append(all, leftover.Object{Kind: kind, Name: "*"})
	}
	dirs := slices.Sorted(maps.Keys(u.Target.Tmpfs))
	if d := u.leftovers().RunDir; d != nil && d.On == "tmpfs" {
		dirs = append(dirs, d.Path)
	}
	for _, dir := range dirs {
		all = append(all, leftover.Object{Kind: leftover.File, Name: dir + "/*"})
	}
	return all
}

// keepsIPC says whether IPC objects outlive an incarnation, so that the witness sees them.
func (u *unit) keepsIPC() bool {
	return u.Target.RestartAs == pod.Host || u.Target.RestartAs == pod.Kubernetes
}

// emit writes an event of this pod and, while one is under way, its scenario.
func (u *unit) emit(e record.Event) {
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

func (u *unit) close() {
	u.asker.close()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if err := u.pod.Close(ctx); err != nil {
		u.emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("remove the pod of %s: %v; the reaper removes the rest", u.Name, err)})
	}
}

// logTail is how much of a target's log a report keeps, in bytes.
const logTail = 4000

func tail(text string) string {
	if len(text) <= logTail {
		return text
	}
	return "…" + text[len(text)-logTail:]
}
