package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stalemate/attackers"
	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// The paces of an exhaustion.
const (
	probeEvery   = 250 * time.Millisecond
	probeTimeout = time.Second
	judgeWave    = 100 * time.Millisecond
	openedWithin = 15 * time.Second // for the wave's connections, beyond their own pace
	probedWithin = 2 * time.Minute  // the probing is ended before that, when the wave is over
)

// exhausting is the part of a unit's run in which a wave takes its workers.
type exhausting struct {
	*unitRun
	cell   *plan.Cell
	main   int // PID of the target's first process
	looked chan *record.Autopsy

	mu      sync.Mutex
	wave    verdict.Wave
	workers int            // that the target has, its first process apart
	held    map[string]int // PIDs of the workers that hold a connection of the wave, by hold
	freed   map[string]bool
	asked   bool // for the workers' states, when none was left
}

// exhaust lets a wave of connections take the target's workers and vanish, while fresh clients ask
// for service from outside and the workers are counted from inside.
func (r *unitRun) exhaust(ctx context.Context) error {
	e := &exhausting{unitRun: r, cell: r.unit.Cells[0], main: r.pod.Incarnation().PID, looked: make(chan *record.Autopsy, 1),
		held: map[string]int{}, freed: map[string]bool{}}
	e.wave.Planned, e.wave.Prepared = plan.WaveConnections(r.unit.Target.Exhaustion), r.prepared
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	inspector := say(ctx, r.pod, pod.Inspector, "inspect", e.hearInspector)
	defer inspector.end()
	probing := make(chan error, 1)
	probed, stopProbing := context.WithCancel(ctx)
	defer stopProbing()
	if err := e.startProbing(probed, probing); err != nil {
		return err
	}
	if err := e.attack(ctx, inspector); err != nil {
		return fmt.Errorf("the wave against target %s: %w", r.unit.Target.Name, err)
	}
	if err := e.follow(ctx, inspector, r.unit.Target.Cap, probing); err != nil {
		return fmt.Errorf("follow the workers of target %s: %w", r.unit.Target.Name, err)
	}
	e.autopsy(ctx, inspector)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wave.Ended = e.now()
	for _, pid := range e.held {
		e.wave.Stuck = append(e.wave.Stuck, pid)
	}
	j := verdict.Exhaustion(e.cell.Plan, e.wave)
	j.Took = e.wave.Lasted().Seconds()
	r.campaign.judged(e.cell, j)
	return nil
}

// now is the pod's clock, which one host shares with ours.
func (e *exhausting) now() int64 { return record.Now() }

// startProbing asks as a fresh client again and again, from the pod's first attacker, and
// returns when a client was served a few times, so that it is known that they are.
func (e *exhausting) startProbing(ctx context.Context, over chan error) error {
	target := e.unit.Target
	l, err := e.listener(target.Exhaustion.Plain)
	if err != nil {
		return err
	}
	ask := attackers.ProbeRequest{
		Address: net.JoinHostPort(e.pod.Address(), strconv.Itoa(l.Port)), Proto: probeProto(l.Proto), TLS: speakTLS(target, *l),
		Preface: preface(*l), Request: request(target), Timeout: probeTimeout, Interval: probeEvery,
		RepeatFor: probedWithin,
	}
	question, err := json.Marshal(ask)
	if err != nil {
		return fmt.Errorf("write a probe: %w", err)
	}
	served := make(chan struct{}, 1024)
	go func() {
		_, err := e.pod.Exec(ctx, pod.Attacker, []string{"pod", "probe"}, bytes.NewReader(append(question, '\n')), func(line []byte) error {
			return e.hearProbe(line, served)
		})
		over <- err
	}()
	wait, cancel := context.WithTimeout(ctx, openedWithin)
	defer cancel()
	for range int(plan.BeforeWave() / probeEvery) {
		select {
		case <-served:
		case err := <-over:
			return fmt.Errorf("probe target %s: %w", target.Name, err)
		case <-wait.Done():
			return fmt.Errorf("no fresh client of target %s was served before the wave: %w", target.Name, wait.Err())
		}
	}
	return nil
}

// hearProbe notes what became of a fresh client.
func (e *exhausting) hearProbe(line []byte, served chan<- struct{}) error {
	var res attackers.ProbeResult
	if err := json.Unmarshal(line, &res); err != nil {
		return fmt.Errorf("read a probe: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	note := "outside: a fresh client was served"
	if !res.OK {
		note = "outside: a fresh client was not served: " + res.Error
	}
	if n := len(e.wave.Probes); n == 0 || e.wave.Probes[n-1].Served != res.OK {
		e.emit(record.Event{T: res.EndT, Kind: record.Observed, Cell: e.cell.Address, Note: note})
	}
	e.wave.Probes = append(e.wave.Probes, verdict.WaveProbe{Began: res.T, Ended: res.EndT, Served: res.OK})
	if res.OK {
		select {
		case served <- struct{}{}:
		default:
		}
	}
	return nil
}

// attack opens the wave from an attacker of its own, which then vanishes.
func (e *exhausting) attack(ctx context.Context, inspector *talk) error {
	x := e.unit.Target.Exhaustion
	plain, err := e.address(x.Plain)
	if err != nil {
		return err
	}
	secure, err := e.address(x.TLS)
	if err != nil {
		return err
	}
	if err := e.pod.NewAttacker(ctx); err != nil {
		return err
	}
	wave := attackers.SlapperWave(plain, secure, x.Connections, x.Every, e.cell.Watch+openedWithin)
	wave.Run, wave.Target, wave.Pod = e.campaign.Run, e.unit.Target.Name, e.unit.Name
	for i := range wave.Holds {
		wave.Holds[i].Cell = e.cell.Address
	}
	if err := e.look(ctx, inspector); err != nil {
		return err
	}
	opened := make(chan record.Event, 2*len(wave.Holds))
	attacker := say(ctx, e.pod, pod.Attacker, "attack", func(event record.Event) { e.hearAttacker(event, opened) })
	defer attacker.end()
	if err := attacker.send(wave); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, plan.WaveLasts(x)+openedWithin)
	defer cancel()
	for n := 0; n < len(wave.Holds); {
		select {
		case event := <-opened:
			n++
			if err := follow(inspector, event); err != nil {
				return err
			}
		case err := <-attacker.over:
			return ended(err)
		case <-within.Done():
			return fmt.Errorf("%d of %d connections were opened: %w", n, len(wave.Holds), within.Err())
		}
	}
	if err := e.pod.Vanish(ctx); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wave.Vanished = e.now()
	e.emit(record.Event{Kind: record.Observed, Cell: e.cell.Address, Note: "the attacker vanished: off the network, then killed; no FIN and no RST of its connections reaches the target"})
	return nil
}

func (e *exhausting) address(listener string) (string, error) {
	l, err := e.listener(listener)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(e.pod.Address(), strconv.Itoa(l.Port)), nil
}

// hearAttacker notes the wave's connections.
func (e *exhausting) hearAttacker(event record.Event, opened chan<- record.Event) {
	e.emit(event)
	if event.Kind != record.HoldConnected {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wave.First == 0 {
		e.wave.First = event.T
	}
	e.wave.Last = event.T
	e.wave.Opened++
	opened <- event
}

// look counts the workers, and logs what each of them waits in.
func (e *exhausting) look(ctx context.Context, inspector *talk) error {
	if err := inspector.send(inspect.Command{Workers: &inspect.Workers{Main: e.main}}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	tick := time.NewTicker(judgeWave)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("count the workers: %w", ctx.Err())
		case <-tick.C:
		}
		e.mu.Lock()
		n := e.workers
		e.mu.Unlock()
		if n > 0 {
			return nil
		}
	}
}

// hearInspector follows the workers: which of them hold a connection of the wave.
func (e *exhausting) hearInspector(event record.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case event.Kind == record.AutopsyDone:
		event.Cell = e.cell.Address
		select {
		case e.looked <- event.Autopsy:
		default:
		}
	case event.Kind == record.HoldProven:
		e.held[event.Hold] = event.HoldInfo.PID
		e.count(event.T)
	case event.Kind == record.WorkerFreed:
		delete(e.held, event.Hold)
		e.freed[event.Hold] = true
		e.count(event.T)
	case event.Workers != nil:
		e.workers = 0
		waits := map[string]int{}
		for _, w := range event.Workers {
			if w.TID == w.PID && w.PID != e.main {
				e.workers++
				waits[w.Syscall]++
			}
		}
		var states []string
		for _, call := range slices.Sorted(maps.Keys(waits)) {
			states = append(states, fmt.Sprintf("%d in %s", waits[call], call))
		}
		event.Cell = e.cell.Address
		event.Note = fmt.Sprintf("inside: %d of %d workers hold a connection of the wave; they wait: %s", len(e.held), e.workers, strings.Join(states, ", "))
	}
	e.emit(event)
}

// count notes how many workers hold a connection of the wave, and how many connections are left.
func (e *exhausting) count(t int64) {
	e.wave.Looks = append(e.wave.Looks, verdict.WaveLook{T: t, Workers: e.workers, Held: len(e.held), Left: e.wave.Planned - len(e.freed)})
}

// follow goes on until every connection of the wave was let go of and a fresh client was
// served, or the cap has passed since the last connection.
func (e *exhausting) follow(ctx context.Context, inspector *talk, limit time.Duration, probing <-chan error) error {
	tick := time.NewTicker(judgeWave)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-inspector.over:
			return fmt.Errorf("the inspector ended: %w", ended(err))
		case err := <-probing:
			return errors.Join(errors.New("the probing ended before its time"), err)
		case <-tick.C:
		}
		e.mu.Lock()
		over := e.now()-e.wave.Last > int64(limit)
		n := len(e.wave.Probes)
		recovered := len(e.freed) == e.wave.Planned && n > 0 && e.wave.Probes[n-1].Served
		full := len(e.held) == e.workers && !e.asked
		e.asked = e.asked || full
		e.mu.Unlock()
		if over || recovered {
			return e.look(ctx, inspector)
		}
		if full {
			if err := e.look(ctx, inspector); err != nil {
				return err
			}
		}
	}
}

// autopsy looks into one worker: one that is stuck, or any.
func (e *exhausting) autopsy(ctx context.Context, inspector *talk) {
	e.mu.Lock()
	pid := 0
	for _, held := range e.held {
		pid = held
	}
	e.mu.Unlock()
	if pid == 0 {
		e.noLook("none is stuck")
		return
	}
	if err := inspector.send(inspect.Command{Autopsy: &inspect.AutopsyNow{PID: pid}}); err != nil {
		e.noLook(err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(ctx, autopsyWithin)
	defer cancel()
	select {
	case found := <-e.looked:
		e.mu.Lock()
		e.wave.Autopsy = found
		e.mu.Unlock()
	case <-ctx.Done():
		e.noLook("the inspector did not answer")
	}
}

func (e *exhausting) noLook(why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wave.NoLook = why
}
