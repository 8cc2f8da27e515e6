package run

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Timeouts of a pod, apart from the time for which its holds are watched.
const (
	podStartTimeout = 2 * time.Minute
	podEndTimeout   = 20 * time.Second
	// HoldOverhead is added to the time for which a hold is watched: holds start one after the other, and the worker of each is
	// watched after its release.
	HoldOverhead = 45 * time.Second
	// AfterTimeout bounds what is asked when the holds are over, of the server and of a fresh one, without the start of the latter.
	AfterTimeout = 3 * time.Minute
)

// Pod is a target's pod in a batch, from its start to its removal.
type Pod struct {
	Server
	Unit     plan.Unit
	Prepared map[int]bool // PIDs of the workers that the prepare steps reached; nil without such steps

	execution        *Execution
	images           *images
	releaseStartSlot func() // lets the next pod start
	told             sync.Once
	toldWrong        bool   // the server was not as it should be when its holds were over
	awaitBatch       func() // waits until every pod of the batch is ready or has failed
}

// RunID is the id of the run.
func (p *Pod) RunID() string { return p.execution.RunID }

// Judge gives a cell its judgement; the first one counts.
func (p *Pod) Judge(cell *plan.Cell, j record.Judgement) {
	ctx, cancel := context.WithTimeout(context.Background(), podEndTimeout)
	defer cancel()
	p.execution.judge(cell, WithinMemory(ctx, p.Server, p.Unit.Target, j))
}

// run starts the pod, waits for the batch, lets the suite judge the cells, and removes the pod. After an error, the cells that
// are not judged yet are inconclusive.
func (p *Pod) run(ctx context.Context) (err error) {
	defer func() {
		if p.Server != nil {
			p.keepLog(ctx, err)
			p.close()
		}
	}()
	starting, cancel := context.WithTimeout(ctx, podStartTimeout+startAllowance(p.Unit.Target))
	defer cancel()
	if err := p.start(starting); err != nil {
		return fmt.Errorf("start target %s: %w", p.Unit.Target.Name, err)
	}
	p.awaitBatch()
	return p.hold(ctx)
}

// hold has the suite of the pod's unit judge the cells.
func (p *Pod) hold(ctx context.Context) error {
	// Twice, since a suite may hold again what it has held.
	within := 2*(p.Unit.Longest()+p.Unit.Worker()) + (maxAttempts-1)*p.Unit.LongestLater() + p.Unit.Target.Ready.Within + HoldOverhead
	if p.After() != nil {
		within += AfterTimeout + podStartTimeout + startAllowance(p.Unit.Target)
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, suite := range p.execution.Suites {
		if suite.Name == p.Unit.Suite {
			return suite.Hold(ctx, p)
		}
	}
	return fmt.Errorf("no suite %q is part of this run", p.Unit.Suite)
}

// startAllowance is the time that the target's file gives to its services, to the target and to each prepare step.
func startAllowance(t *target.Target) time.Duration {
	within := t.Ready.Within + time.Duration(len(t.Prepare))*max(prepareRequestsTimeout, prepareHoldTimeout)
	for _, s := range t.Services {
		within += s.Within
	}
	return within
}

// start starts the pod, its services and the target, and brings the target into the state under test.
func (p *Pod) start(ctx context.Context) error {
	images, err := p.images.forPod(p.Unit.Target)
	if err != nil {
		return err
	}
	spec, err := podSpec(p.execution.RunID, p.Unit.Name, p.Unit.Target, images)
	if err != nil {
		return err
	}
	spec.Lives = pod.Single
	if p.Unit.Alone() {
		spec.HealthCheck = pod.NoHealthCheck // it would be another client
	}
	if p.Server, err = p.execution.StartPod(ctx, spec, p.Emit); err != nil {
		return err
	}
	if err := awaitServices(ctx, p.Server, p.Unit.Target); err != nil {
		return err
	}
	incarnation, err := p.Up(ctx, pod.UpOptions{})
	if err != nil && strings.Contains(err.Error(), otherPlatform) {
		return fmt.Errorf("%w%s", err, platformStep)
	}
	if err != nil {
		return err
	}
	if err := Ready(ctx, p.Server, p.Unit.Target, p.Emit); err != nil {
		return err
	}
	p.Emit(record.Event{Kind: record.IncarnationReady, Incarnation: &incarnation})
	p.releaseStartSlot() // from here on the pod needs little CPU time: it sends requests and waits for their end
	if err := untilEnd(ctx, p.Server, p.prepare); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if err := untilEnd(ctx, p.Server, p.inject); err != nil {
		return fmt.Errorf("inject: %w", err)
	}
	return nil
}

// Emit writes an event of this pod into the log.
func (p *Pod) Emit(e record.Event) {
	e.Target, e.Pod = p.Unit.Target.Name, p.Unit.Name
	p.execution.Log.Write(e)
}

// Listener is the target's listener of that name.
func (p *Pod) Listener(name string) (*target.Listener, error) {
	for i, l := range p.Unit.Target.Listeners {
		if l.Name == name {
			return &p.Unit.Target.Listeners[i], nil
		}
	}
	return nil, fmt.Errorf("target %s has no listener %q", p.Unit.Target.Name, name)
}

// keepLog puts the end of the target's log into the run's log, if the pod or one of its cells failed.
func (p *Pod) keepLog(ctx context.Context, err error) {
	bad := err != nil || p.toldWrong
	for _, c := range p.Unit.Cells {
		j, ok := p.execution.measuredJudgement(c)
		bad = bad || !ok || j.Status == record.Failed
	}
	if !bad {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), podEndTimeout)
	defer cancel()
	if text, err := p.Logs(ctx); err == nil {
		p.Emit(record.Event{Kind: record.PodLog, Note: tail(text, logTail)})
	}
}

// logTail is how many bytes of a target's log a report keeps.
const logTail = 4000

// tail is the end of a text.
func tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return "…" + text[len(text)-most:]
}

func (p *Pod) close() {
	ctx, cancel := context.WithTimeout(context.Background(), podEndTimeout)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		p.Emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("remove the pod of %s: %v; the reaper removes the rest", p.Unit.Name, err)})
	}
}
