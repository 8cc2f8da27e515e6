package run

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// Bounds on one step of the preparation.
const (
	prepareRequestsTimeout = 30 * time.Second // a thousand requests take half a second on an idle machine
	prepareHoldTimeout     = 40 * time.Second // one connection for each worker, until the server closes it
	prepareInterval        = 5 * time.Millisecond
	maxHoldRounds          = 4 // until every worker has held a connection
)

// prepare carries out the prepare steps of the target's file, and stores the PIDs of the workers that they reached.
func (p *Pod) prepare(ctx context.Context) error {
	for _, step := range p.Unit.Target.Prepare {
		switch {
		case step.Request != nil:
			if err := p.askEveryWorker(ctx, step.Request); err != nil {
				return err
			}
		case step.Hold != nil:
			if err := p.holdEveryWorker(ctx, step.Hold); err != nil {
				return err
			}
		}
	}
	return nil
}

// askEveryWorker sends requests until every worker has answered one.
func (p *Pod) askEveryWorker(ctx context.Context, step *target.PrepareRequest) error {
	l, err := p.Listener(step.Listener)
	if err != nil {
		return err
	}
	probe := NewProbe(p.Address(), p.Unit.Target, *l)
	probe.Expect, probe.Within, probe.Distinct = 200, prepareRequestsTimeout, &wire.Distinct{Header: step.Header, Values: step.Workers}
	probe.Request.Path = step.Path
	answered := map[int]bool{}
	var last wire.ProbeResult
	err = pod.AskEach(ctx, p.Server, pod.Attacker, wire.CommandProbe, probe, func(result wire.ProbeResult) error {
		last = result
		for _, value := range last.Headers[step.Header] {
			pid, err := strconv.Atoi(value)
			if err != nil {
				return fmt.Errorf("the header %s is %q, not a PID", step.Header, value)
			}
			answered[pid] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("request %s from %s: %w", step.Path, probe.Address, err)
	}
	if len(answered) < step.Workers {
		return fmt.Errorf("%d of %d workers answered GET %s in %d requests within %s: %s", len(answered), step.Workers, step.Path, last.Attempts, prepareRequestsTimeout, last.Error)
	}
	p.Prepared = answered
	p.Emit(record.Event{Kind: record.Observed, Workers: workersOf(answered),
		Note: fmt.Sprintf("prepared: GET %s was answered by each of %d workers, in %d requests: PID %s", step.Path, len(answered), last.Attempts, formatRanges(answered))})
	return nil
}
