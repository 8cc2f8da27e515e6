package pod

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

const (
	// startWithin bounds the start of everything but the target: half a second alone, some seconds where many start at once.
	startWithin = 2 * time.Minute
	// callWithin bounds one call of the engine.
	callWithin = 30 * time.Second
	// closeWithin bounds the removal of a pod.
	closeWithin = time.Minute
)

// Pod is a started pod. Up, Kill and Stop are called one at a time; everything else at any time.
type Pod struct {
	spec   Spec
	engine *engine.Engine
	emit   func(record.Event)

	network string // id
	address string // the sandbox's, which is the target's
	noInit  bool   // the engine has no docker-init

	attaching sync.Mutex // held while a container joins or leaves the network: see Engine.Remove
	asking    sync.Mutex // held while a container is started because something is asked of it

	mu          sync.Mutex
	ids         map[Role]string
	services    map[string]string // name to id
	attackers   int
	incarnation record.Incarnation
	up          bool
	since       string // log lines of the present incarnation are younger than this
	talks       map[Role]*conversation
	begun       map[Role]bool // was started since the last incarnation was down
	pidMax      int           // of the last PID namespace that a holder held
}

// Start brings up everything but the target's process: network, sandbox, attacker and
// services run, the target is created with its files. What it made is removed again when it fails.
func Start(ctx context.Context, e *engine.Engine, spec Spec, emit func(record.Event)) (*Pod, error) {
	started := time.Now()
	if err := spec.complete(); err != nil {
		return nil, fmt.Errorf("pod %s: %w", spec.Name, err)
	}
	if emit == nil {
		emit = func(record.Event) {}
	}
	p := &Pod{
		spec: spec, engine: e, emit: emit, ids: map[Role]string{}, services: map[string]string{},
		talks: map[Role]*conversation{}, begun: map[Role]bool{},
	}
	within, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	err := p.start(within)
	if err != nil && strings.Contains(err.Error(), "docker-init") {
		// The engine was installed without it: our own containers do its work then.
		p.noInit = true
		if err = p.Close(ctx); err == nil {
			err = p.start(within)
		}
	}
	if err != nil {
		err = fmt.Errorf("start pod %s: %w", spec.Name, err)
		p.event(record.PodFailed, func(e *record.Event) { e.Note = err.Error() })
		return nil, errors.Join(err, p.Close(ctx))
	}
	p.event(record.PodStarted, func(e *record.Event) {
		e.PodInfo = &record.PodInfo{
			Address:      p.address,
			RestartAs:    spec.RestartAs,
			Capabilities: p.capabilities(),
			Took:         time.Since(started).Seconds(),
		}
	})
	return p, nil
}

func (p *Pod) start(ctx context.Context) error {
	if err := p.createNetwork(ctx); err != nil {
		return err
	}
	if err := p.createVolumes(ctx); err != nil {
		return err
	}
	joined := make(chan struct{}) // sandbox and holder exist, so that others may be created to join them
	group, all := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := p.createSandbox(all); err != nil {
			return err
		}
		if p.pidRole() == Holder {
			if err := p.createHolder(all); err != nil {
				return err
			}
		}
		close(joined)
		if err := p.startSandbox(all); err != nil {
			return err
		}
		if slices.Contains(p.spec.Roles, Witness) {
			return p.startWitness(all)
		}
		return nil
	})
	group.Go(func() error {
		select {
		case <-joined:
		case <-all.Done():
			return all.Err()
		}
		if err := p.createTarget(all); err != nil {
			return err
		}
		return p.createInspector(all)
	})
	group.Go(func() error { return p.NewAttacker(all) })
	for _, service := range p.spec.Services {
		group.Go(func() error { return p.startService(all, service) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	// Now that the sandbox runs, a tmpfs keeps what is copied into it.
	if err := p.CopyTo(ctx, p.spec.Files); err != nil {
		return err
	}
	return p.nothingPublished(ctx)
}

// Address is the target's, on the pod's network.
func (p *Pod) Address() string { return p.address }

// Network is the id of the pod's network.
func (p *Pod) Network() string { return p.network }

// Name is the pod's.
func (p *Pod) Name() string { return p.spec.Name }

// Names gives the ids of the pod's containers, by role, and of its services, by "service NAME".
func (p *Pod) Names() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]string{}
	for role, id := range p.ids {
		out[string(role)] = id
	}
	for name, id := range p.services {
		out["service "+name] = id
	}
	return out
}

// Incarnation is the present one, or the last.
func (p *Pod) Incarnation() record.Incarnation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.incarnation
}

// Close removes everything that bears the pod's label. It works after the end of ctx too.
func (p *Pod) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	p.mu.Lock()
	talks := p.talks
	p.talks = map[Role]*conversation{}
	p.mu.Unlock()
	for _, talk := range talks {
		talk.close()
	}
	if err := p.engine.Remove(ctx, p.filter()); err != nil {
		return fmt.Errorf("remove pod %s: %w", p.spec.Name, err)
	}
	return nil
}

// labels are those of a container, network or volume of the pod.
func (p *Pod) labels(role Role) map[string]string {
	return map[string]string{
		engine.LabelRun:  p.spec.Run,
		engine.LabelPod:  p.spec.Name,
		engine.LabelRole: string(role),
	}
}

// filter finds everything of the pod.
func (p *Pod) filter() client.Filters {
	return make(client.Filters).Add("label", engine.LabelRun+"="+p.spec.Run, engine.LabelPod+"="+p.spec.Name)
}

// name is that of one container of the pod.
func (p *Pod) name(part string) string {
	return "stalemate-" + p.spec.Run + "-" + p.spec.Name + "-" + part
}

func (p *Pod) id(role Role) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids[role]
}

func (p *Pod) setID(role Role, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[role] = id
}

// event stamps and sends one event.
func (p *Pod) event(kind record.Kind, fill func(*record.Event)) {
	var now unix.Timespec
	// CLOCK_MONOTONIC exists everywhere; the call cannot fail with a valid pointer.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	e := record.Event{Run: p.spec.Run, T: now.Nano(), Kind: kind, Target: p.spec.Target, Pod: p.spec.Name}
	fill(&e)
	p.emit(e)
}
