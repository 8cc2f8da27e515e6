package exhaustion

import (
	"context"
	"fmt"
	"sync"
	"time"

	"stalemate/attackers"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// Intervals and timeouts of a wave.
const (
	probeInterval  = 250 * time.Millisecond
	probeTimeout   = time.Second
	checkInterval  = 100 * time.Millisecond
	listTimeout    = 10 * time.Second // of the inspector, to list the workers
	autopsyTimeout = 5 * time.Second  // of the autopsy of one worker, which takes milliseconds
	openTimeout    = 15 * time.Second // of opening the wave, in addition to the intervals between its connections
)

// waveRun is one wave against the server of a pod.
type waveRun struct {
	*run.Pod
	cell      *plan.Cell
	main      int // PID of the target's main process
	autopsies chan *record.Autopsy

	mu           sync.Mutex
	wave         verdict.Wave
	workers      int                          // number of the target's workers; its main process is none, unless it is the only process
	holds        map[string]*record.HoldState // the wave's connections, by the id of the hold
	statesListed bool                         // the workers' states were listed when all of them held a connection
}

// exhaust judges the cell of a wave. The wave occupies the target's workers, and its attacker vanishes. Meanwhile fresh clients
// probe the server from the outside, and the inspector follows its workers from the inside.
func exhaust(ctx context.Context, p *run.Pod) error {
	w := &waveRun{Pod: p, cell: p.Unit.Cells[0], main: p.Incarnation().PID, autopsies: make(chan *record.Autopsy, 1),
		holds: map[string]*record.HoldState{}}
	w.wave.Planned, w.wave.Prepared = plan.WaveConnections(p.Unit.Target.Exhaustion), p.Prepared
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	inspector := pod.Talk(ctx, p.Server, pod.Inspector, wire.CommandInspect, w.hearInspector)
	defer inspector.End()
	probing := make(chan error, 1)
	probed, stopProbing := context.WithCancel(ctx)
	defer stopProbing()
	if err := w.startProbing(probed, probing); err != nil {
		return err
	}
	if err := w.attack(ctx, inspector); err != nil {
		return fmt.Errorf("the wave against target %s: %w", p.Unit.Target.Name, err)
	}
	if err := w.awaitRecovery(ctx, inspector, time.Duration(w.cell.Plan.Cap*float64(time.Second)), probing); err != nil {
		return fmt.Errorf("follow the workers of target %s: %w", p.Unit.Target.Name, err)
	}
	w.autopsyStuckWorker(ctx, inspector)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wave.Ended = record.Now()
	w.wave.Stuck = w.heldPIDs()
	j := verdict.Exhaustion(w.cell.Plan, w.wave)
	j.Took = w.wave.Lasted().Seconds()
	if p.RetryWaveIfStalled(w.cell, &j, w.wave) {
		w.Emit(record.Event{Kind: record.Observed, Cell: w.cell.Address, Note: "held again: " + j.Message})
		return nil
	}
	p.Judge(w.cell, j)
	return nil
}

// startProbing probes the server again and again as a fresh client, from the pod's first attacker. It returns when a few probes
// were served, which shows that the server works before the wave.
func (w *waveRun) startProbing(ctx context.Context, ended chan error) error {
	target := w.Unit.Target
	l, err := w.Listener(target.Exhaustion.Plain)
	if err != nil {
		return err
	}
	probe := run.NewProbe(w.Address(), target, *l)
	probe.Timeout, probe.Interval = probeTimeout, probeInterval
	probe.RepeatFor = w.Unit.Longest() + run.HoldOverhead // the end of the wave cancels it earlier
	served := make(chan struct{}, 1024)
	go func() {
		ended <- pod.AskEach(ctx, w.Server, pod.Attacker, wire.CommandProbe, probe, func(result wire.ProbeResult) error {
			w.hearProbe(result, served)
			return nil
		})
	}()
	wait, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	for range int(plan.BeforeWave / probeInterval) {
		select {
		case <-served:
		case err := <-ended:
			return fmt.Errorf("probe target %s: %w", target.Name, err)
		case <-wait.Done():
			return fmt.Errorf("no fresh client of target %s was served before the wave: %w", target.Name, wait.Err())
		}
	}
	return nil
}

// hearProbe records whether a fresh client was served.
func (w *waveRun) hearProbe(res wire.ProbeResult, served chan<- struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	note := "outside: a fresh client was served"
	if !res.OK {
		note = "outside: a fresh client was not served: " + res.Error
	}
	if n := len(w.wave.Probes); n == 0 || w.wave.Probes[n-1].Served != res.OK {
		w.Emit(record.Event{T: res.EndT, Kind: record.Observed, Cell: w.cell.Address, Note: note, Client: &record.Client{Served: res.OK}})
	}
	w.wave.Probes = append(w.wave.Probes, verdict.WaveProbe{Began: res.T, Ended: res.EndT, Served: res.OK})
	if res.OK {
		select {
		case served <- struct{}{}:
		default:
		}
	}
}

// attack opens the wave from a second attacker, which then vanishes.
func (w *waveRun) attack(ctx context.Context, inspector *pod.Conversation) error {
	x := w.Unit.Target.Exhaustion
	wave, err := w.connections(x)
	if err != nil {
		return err
	}
	if err := w.NewAttacker(ctx); err != nil {
		return err
	}
	wave.Run, wave.Target, wave.Pod = w.RunID(), w.Unit.Target.Name, w.Unit.Name
	for i := range wave.Holds {
		wave.Holds[i].Cell = w.cell.Address
	}
	if err := w.listWorkers(ctx, inspector); err != nil {
		return err
	}
	opened := make(chan record.Event, 2*len(wave.Holds))
	attacker := pod.Talk(ctx, w.Server, pod.Attacker, wire.CommandAttack, func(event record.Event) { w.hearAttacker(event, opened) })
	defer attacker.End()
	if err := attacker.Send(wave); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, plan.WaveLasts(x)+openTimeout)
	defer cancel()
	for n := 0; n < len(wave.Holds); {
		select {
		case event := <-opened:
			n++
			if err := run.WatchConnection(inspector, event); err != nil {
				return err
			}
		case <-attacker.Done():
			return attacker.Err()
		case <-within.Done():
			return fmt.Errorf("%d of %d connections were opened: %w", n, len(wave.Holds), within.Err())
		}
	}
	if err := w.Vanish(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wave.Vanished = record.Now()
	w.Emit(record.Event{Kind: record.Observed, Cell: w.cell.Address, Note: "the attacker vanished: off the network, then killed; no FIN and no RST of its connections reaches the target"})
	return nil
}

// connections plans the connections of the wave.
func (w *waveRun) connections(x *target.Exhaustion) (wire.Plan, error) {
	watch := w.cell.Watch + openTimeout
	plain, err := w.address(x.Plain)
	if err != nil || x.TLS == "" {
		return attackers.SilentWave(plain, x.Connections, x.Every, watch), err
	}
	secure, err := w.address(x.TLS)
	return attackers.SlapperWave(plain, secure, x.Connections, x.Every, watch), err
}

func (w *waveRun) address(listener string) (string, error) {
	l, err := w.Listener(listener)
	if err != nil {
		return "", err
	}
	return run.Address(w.Address(), *l), nil
}

// hearAttacker records when the connections of the wave are opened.
func (w *waveRun) hearAttacker(event record.Event, opened chan<- record.Event) {
	w.Emit(event)
	if event.Kind != record.HoldConnected {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.updateHold(event)
	if w.wave.First == 0 {
		w.wave.First = event.T
	}
	w.wave.Last = event.T
	w.wave.Opened++
	opened <- event
}
