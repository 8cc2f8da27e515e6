package timeouts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// closesWithin is how long a server may take to close what its clients have closed, in addition to the time that its file gives
// to a worker.
const closesWithin = 5 * time.Second

// heldServer is the server of a pod, through all of its holds.
type heldServer struct {
	*run.Pod
	begun  bool          // something was held
	before []record.Port // its ports before the holds
	kept   map[int]int   // connections whose worker is not freed, by port
}

// lookBefore lists the target's ports before the holds, for the cell after the holds.
func (s *heldServer) lookBefore(ctx context.Context, p *ports) error {
	begun := s.begun
	s.begun = true
	if begun || s.After() == nil {
		return nil
	}
	var err error
	if s.before, err = p.look(ctx); err != nil {
		return fmt.Errorf("look at target %s before its holds: %w", s.Unit.Target.Name, err)
	}
	return nil
}

// add adds connections whose worker is not freed.
func (s *heldServer) add(kept map[int]int) {
	for port, n := range kept {
		s.kept[port] += n
	}
}

// servesOn asks the target once more when some of its holds are over, before the next.
func (s *heldServer) servesOn(ctx context.Context) error {
	if !s.begun {
		return nil
	}
	if err := run.Ready(ctx, s.Server, s.Unit.Target, s.Emit); err != nil {
		return fmt.Errorf("target %s was held and does not serve any more: %w", s.Unit.Target.Name, err)
	}
	return nil
}

// serves asks the server whether it serves as before, for the cell after the holds. All holds are closed, so that a server of one
// process can answer. Where that cell is not in the run, the pod fails if the server does not answer any more.
func (s *heldServer) serves(ctx context.Context) error {
	if s.After() == nil {
		return s.servesOn(ctx)
	}
	a := newAsked(ctx, s.Pod)
	defer a.inspector.End()
	told := verdict.After{Kept: s.kept}
	err := a.ask(ctx, &told, s.before)
	if err == nil && told.Doubtful() {
		err = a.askFresh(ctx, &told)
	}
	if err != nil { // the holds are judged all the same
		told.Unproven = fmt.Sprintf("ask target %s when its holds are over: %s", s.Unit.Target.Name, err)
	}
	s.TellAfter(told)
	return context.Cause(ctx)
}

// asked is a server in which nothing is held: its holds are over, or it is a fresh one.
type asked struct {
	*run.Pod
	*ports
}

// newAsked starts the inspector. Call its inspector.End after use.
func newAsked(ctx context.Context, p *run.Pod) *asked {
	a := &asked{Pod: p, ports: newPorts(p.Unit.Target)}
	a.inspector = pod.Talk(ctx, p.Server, pod.Inspector, wire.CommandInspect, a.hear)
	return a
}

// ask asks a server whose holds are over.
func (a *asked) ask(ctx context.Context, told *verdict.After, before []record.Port) error {
	var err error
	if told.Answers, err = a.answers(ctx); err != nil {
		return err
	}
	now, err := a.awaitClosed(ctx, told.Kept)
	if err != nil {
		return err
	}
	told.Ports = comparePorts(before, now)
	for _, port := range a.numbers { // all of them may share the server's workers, and any may lose them
		f, err := a.fill(ctx, port, a.Unit.Target.Capacity-told.KeptOfAll(), settles(told.Answers))
		if err != nil {
			return err
		}
		if f.Opened > 0 {
			told.Fills = append(told.Fills, f)
		}
	}
	told.Main, err = a.mainEnd(ctx)
	return err
}

// askFresh asks a fresh server of the same target, too.
func (a *asked) askFresh(ctx context.Context, told *verdict.After) error {
	other, err := a.StartFresh(ctx)
	if err != nil {
		return err
	}
	defer other.End()
	fresh := newAsked(ctx, other)
	defer fresh.inspector.End()
	answers, err := fresh.answers(ctx)
	if err != nil {
		return err
	}
	for i := range told.Answers {
		told.Answers[i].Fresh = &answers[i]
	}
	for i, f := range told.Fills {
		if !f.Short() {
			continue
		}
		fill, err := fresh.fill(ctx, f.Port, a.Unit.Target.Capacity, settles(answers))
		if err != nil {
			return err
		}
		told.Fills[i].Fresh = &fill
	}
	return nil
}

// kept are the connections of which the server has not freed its worker, by port. Their cells tell of them. The hold of an
// inspection ends before its limit, so it counts only if the other holds of its cell are kept.
func (t *tracker) kept() map[int]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	cells, now := map[string]bool{}, t.now()
	stuck := func(h *tracked) bool {
		return h.Proven != 0 && h.WorkerFreed == 0 && h.Failed == "" && h.NotApplicable == "" && !h.cutShort(now)
	}
	for _, h := range t.holds {
		cells[h.cell.Address] = cells[h.cell.Address] || stuck(h) && h.ID != inspectedID(h.cell)
	}
	all := map[int]int{}
	for _, h := range t.holds {
		if stuck(h) && cells[h.cell.Address] {
			all[h.cell.Listener.Port]++
		}
	}
	return all
}

// cutShort says whether a neighbour was closed before its time, as nobody waits for it. The server may have kept to its limit.
func (h *tracked) cutShort(now int64) bool {
	return h.neighbour && h.cell.Plan.Expect == record.Fired && now < h.Parked+int64(h.cell.Plan.Cap*1e9)
}

// awaitClosed lists the ports when the server has closed what its clients have closed, or has had the time for it.
func (a *asked) awaitClosed(ctx context.Context, kept map[int]int) ([]record.Port, error) {
	over := time.NewTimer(a.Unit.Worker() + closesWithin)
	defer over.Stop()
	tick := time.NewTicker(judgeEvery)
	defer tick.Stop()
	for last := false; ; {
		now, err := a.look(ctx)
		if err != nil {
			return nil, err
		}
		if last || !slices.ContainsFunc(now, func(p record.Port) bool { return p.Left > kept[p.Port] }) {
			return now, nil
		}
		select {
		case <-tick.C:
		case <-over.C:
			last = true
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// mainEnd is how the main process ended; nil if it is the one that was started.
func (a *asked) mainEnd(ctx context.Context) (*record.ProcessEnd, error) {
	running, exit, _, err := a.State(ctx)
	if err != nil {
		return nil, err
	}
	was := a.Incarnation()
	if !running {
		return &record.ProcessEnd{PID: was.PID, Main: true, Status: &exit}, nil
	}
	now, err := a.Main(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at the main process: %w", err)
	}
	if now.StartTime != was.StartTime || now.State == "Z" {
		return &record.ProcessEnd{PID: was.PID, Main: true, Unknown: fmt.Sprintf("PID %d is %s now", now.PID, now.Comm)}, nil
	}
	return nil, nil
}
