package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"stalemate/attackers"
	"stalemate/containers/pod"
	"stalemate/fixtures"
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
	if err := e.follow(ctx, inspector, time.Duration(e.cell.Plan.Cap*float64(time.Second)), probing); err != nil {
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
	if r.campaign.waveAgain(e.cell, &j, e.wave) {
		e.emit(record.Event{Kind: record.Observed, Cell: e.cell.Address, Note: "held again: " + j.Message})
		return nil
	}
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
		RepeatFor: e.unit.Longest() + graceAfterWatch, // it is ended before that, when the wave is over
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
	wave, err := e.connections(x)
	if err != nil {
		return err
	}
	if err := e.pod.NewAttacker(ctx); err != nil {
		return err
	}
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

// connections plans those of the wave.
func (e *exhausting) connections(x *fixtures.Exhaustion) (attackers.Plan, error) {
	watch := e.cell.Watch + openedWithin
	plain, err := e.address(x.Plain)
	if err != nil || x.TLS == "" {
		return attackers.SilentWave(plain, x.Connections, x.Every, watch), err
	}
	secure, err := e.address(x.TLS)
	return attackers.SlapperWave(plain, secure, x.Connections, x.Every, watch), err
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
