package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"stalemate/attackers"
	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// Bounds on a step of the preparation.
const (
	requestsWithin  = 30 * time.Second // a thousand requests take half a second on an idle machine
	heldWithin      = 40 * time.Second // parking one connection for each worker, and its limit
	prepareInterval = 5 * time.Millisecond
	holdRounds      = 4 // to reach every worker
)

// prepare brings the target into the state under test, as its file says, and
// notes which of its processes are in it.
func (r *unitRun) prepare(ctx context.Context) error {
	for _, step := range r.unit.Target.Prepare {
		switch {
		case step.Request != nil:
			if err := r.prepareRequest(ctx, step.Request); err != nil {
				return err
			}
		case step.Hold != nil:
			if err := r.prepareHold(ctx, step.Hold); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareRequest asks until every worker has answered.
func (r *unitRun) prepareRequest(ctx context.Context, step *fixtures.PrepareRequest) error {
	l, err := r.listener(step.Listener)
	if err != nil {
		return err
	}
	ask := attackers.ProbeRequest{
		Address: net.JoinHostPort(r.pod.Address(), strconv.Itoa(l.Port)), Proto: probeProto(l.Proto),
		TLS: speakTLS(r.unit.Target, *l), Preface: preface(*l), Request: request(r.unit.Target), Expect: 200,
		Within: requestsWithin, Distinct: &attackers.Distinct{Header: step.Header, Values: step.Workers},
	}
	ask.Request.Path = step.Path
	question, err := json.Marshal(ask)
	if err != nil {
		return fmt.Errorf("write a probe: %w", err)
	}
	answered := map[int]bool{}
	var last attackers.ProbeResult
	_, err = r.pod.Exec(ctx, pod.Attacker, []string{"pod", "probe"}, bytes.NewReader(append(question, '\n')), func(line []byte) error {
		last = attackers.ProbeResult{}
		if err := json.Unmarshal(line, &last); err != nil {
			return err
		}
		for _, value := range last.Headers[step.Header] {
			pid, err := strconv.Atoi(value)
			if err != nil {
				return fmt.Errorf("the header %s is %q, and no PID", step.Header, value)
			}
			answered[pid] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", ask.Address, step.Path, err)
	}
	if len(answered) < step.Workers {
		return fmt.Errorf("%d of %d workers answered GET %s in %d requests within %s: %s", len(answered), step.Workers, step.Path, last.Attempts, requestsWithin, last.Error)
	}
	r.prepared = answered
	r.emit(record.Event{Kind: record.Observed, Workers: processes(answered),
		Note: fmt.Sprintf("prepared: GET %s was answered by each of %d workers, in %d requests: PID %s", step.Path, len(answered), last.Attempts, ranges(answered))})
	return nil
}

// prepareHold parks a connection in every worker and waits until all are let go of. On a
// slow machine a worker that was let go of takes a second connection before another has had
// its first; then all of it is done once more.
func (r *unitRun) prepareHold(ctx context.Context, step *fixtures.PrepareHold) error {
	held := map[int]bool{}
	for round := 1; ; round++ {
		took, err := r.holdRound(ctx, step, held)
		if err != nil {
			return err
		}
		missed := map[int]bool{}
		for pid := range r.prepared {
			missed[pid] = !held[pid]
		}
		maps.DeleteFunc(missed, func(_ int, is bool) bool { return !is })
		if len(missed) == 0 && len(held) >= step.Workers {
			r.emit(record.Event{Kind: record.Observed, Workers: processes(held), Note: fmt.Sprintf(
				"prepared: each of %d workers held a connection at %s and let go of it, in %d rounds, the last within %s: PID %s",
				len(held), step.Stage, round, took.Round(10*time.Millisecond), ranges(held))})
			break
		}
		if round == holdRounds {
			return fmt.Errorf("%d of %d workers held a connection at %s in %d rounds; prepared by a request and not among them: PID %s",
				len(held), step.Workers, step.Stage, round, ranges(missed))
		}
	}
	if r.prepared == nil {
		r.prepared = held
	}
	return nil
}

// holdRound parks as many connections as there are workers, notes who held them, and returns when all are let go of.
func (r *unitRun) holdRound(ctx context.Context, step *fixtures.PrepareHold, held map[int]bool) (time.Duration, error) {
	l, err := r.listener(step.Listener)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, heldWithin)
	defer cancel()
	plan := attackers.Plan{Run: r.campaign.Run, Target: r.unit.Target.Name, Pod: r.unit.Name}
	for i := range step.Workers {
		plan.Holds = append(plan.Holds, attackers.Hold{
			ID: fmt.Sprintf("prepare/%s#%d", step.Stage, i+1), Stage: step.Stage, Mode: record.Silent,
			Address: net.JoinHostPort(r.pod.Address(), strconv.Itoa(l.Port)), TLS: speakTLS(r.unit.Target, *l), Request: request(r.unit.Target),
			Preface: preface(*l), StartAfter: time.Duration(i) * prepareInterval, Watch: heldWithin,
		})
	}
	events := make(chan record.Event, 16*len(plan.Holds))
	hear := func(e record.Event) {
		select {
		case events <- e:
		case <-ctx.Done():
		}
	}
	inspector := say(ctx, r.pod, pod.Inspector, "inspect", hear)
	defer inspector.end()
	attacker := say(ctx, r.pod, pod.Attacker, "attack", hear)
	defer attacker.end()
	if err := attacker.send(plan); err != nil {
		return 0, err
	}
	released := map[string]bool{}
	first, latest := int64(0), int64(0)
	for len(released) < step.Workers {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%d of %d connections at %s were let go of: %w", len(released), step.Workers, step.Stage, ctx.Err())
		case err := <-inspector.over:
			return 0, fmt.Errorf("the inspector ended: %w", ended(err))
		case err := <-attacker.over:
			return 0, fmt.Errorf("the attacker ended: %w", ended(err))
		case e := <-events:
			switch e.Kind {
			case record.HoldParked:
				if first == 0 {
					first = e.T
				}
				if err := follow(inspector, e); err != nil {
					return 0, err
				}
			case record.HoldProven:
				if e.HoldInfo.PID != 0 {
					held[e.HoldInfo.PID] = true
				}
			case record.HoldFailed:
				return 0, fmt.Errorf("hold %s: %s", e.Hold, e.Note)
			case record.HoldReleased:
				if e.Release.By == record.ByNothing {
					return 0, fmt.Errorf("hold %s was not let go of", e.Hold)
				}
				released[e.Hold], latest = true, max(latest, e.T)
			}
		}
	}
	return time.Duration(latest - first), nil
}

// follow has the inspector find out which process holds a parked connection.
func follow(inspector *talk, e record.Event) error {
	local, err := netip.ParseAddrPort(e.HoldInfo.Local)
	if err != nil {
		return fmt.Errorf("hold %s: the attacker's end: %w", e.Hold, err)
	}
	peer, err := netip.ParseAddrPort(e.HoldInfo.Peer)
	if err != nil {
		return fmt.Errorf("hold %s: the server's end: %w", e.Hold, err)
	}
	return inspector.send(inspect.Command{Watch: &inspect.Watch{Hold: e.Hold, Cell: e.Cell, Local: local, Peer: peer, Sent: uint64(e.HoldInfo.Sent)}})
}

func (r *unitRun) listener(name string) (*fixtures.Listener, error) {
	for i, l := range r.unit.Target.Listeners {
		if l.Name == name {
			return &r.unit.Target.Listeners[i], nil
		}
	}
	return nil, fmt.Errorf("target %s has no listener %q", r.unit.Target.Name, name)
}

// processes lists PIDs as workers, for the log.
func processes(pids map[int]bool) []record.Worker {
	var all []record.Worker
	for _, pid := range sorted(pids) {
		all = append(all, record.Worker{PID: pid, TID: pid})
	}
	return all
}

func sorted(pids map[int]bool) []int {
	var all []int
	for pid := range pids {
		all = append(all, pid)
	}
	slices.Sort(all)
	return all
}

// ranges writes numbers for people: "23-150, 152".
func ranges(pids map[int]bool) string {
	var parts []string
	list := sorted(pids)
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(list[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
