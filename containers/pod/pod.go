package pod

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/client"

	"stalemate/containers/engine"
	"stalemate/reports/record"
)

const (
	// callWithin bounds one request to the engine.
	callWithin = 30 * time.Second
	// closeWithin bounds the removal of a pod.
	closeWithin = time.Minute
)

// Pod is a started pod. Call Up, Kill, Stop and Fresh one at a time. Everything else may be called at any time.
type Pod struct {
	spec   Spec
	engine *engine.Engine
	emit   func(record.Event)

	network string // id
	noInit  bool   // the engine has no docker-init

	changingNetwork  sync.Mutex // held while a container joins or leaves the network: see engine.removeContainers
	startingOnDemand sync.Mutex // held while a question starts its container

	mu            sync.Mutex
	address       string // the sandbox's, and so the target's
	ids           map[Role]string
	services      map[string]string // name to id
	attackers     int
	incarnation   record.Incarnation
	up            bool
	targetBegan   int64  // when the engine had started the target, see record.Incarnation.Began
	since         string // the log lines of this incarnation are later than this
	conversations map[Role]*conversation
	started       map[Role]bool // since the last killNamespace
	pidMax        int           // of the last PID namespace
	volumesFilled bool          // with what the image has there: the next container must not fill an emptied volume again
}

// Address is the target's address on the pod's network. It may change with Fresh, and with Up where RestartAs is Docker or Bare.
func (p *Pod) Address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// Network is the id of the pod's network.
func (p *Pod) Network() string { return p.network }

// Name is Spec.Name.
func (p *Pod) Name() string { return p.spec.Name }

// Names maps roles, and "service NAME" for services, to container ids.
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

// Incarnation is the one that is up, or else the last.
func (p *Pod) Incarnation() record.Incarnation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.incarnation
}

// Close removes everything with the pod's label, also after ctx has ended.
func (p *Pod) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	p.mu.Lock()
	conversations := p.conversations
	p.conversations = map[Role]*conversation{}
	p.mu.Unlock()
	for _, talk := range conversations {
		talk.close()
	}
	if err := p.engine.Remove(ctx, p.filter()); err != nil {
		return fmt.Errorf("remove pod %s: %w", p.spec.Name, err)
	}
	return nil
}

// labels are the labels of a container, network or volume of the pod.
func (p *Pod) labels(role Role) map[string]string {
	return map[string]string{
		engine.LabelRun:  p.spec.Run,
		engine.LabelPod:  p.spec.Name,
		engine.LabelRole: string(role),
	}
}

// filter selects everything with the pod's label.
func (p *Pod) filter() client.Filters {
	return make(client.Filters).Add("label", engine.LabelRun+"="+p.spec.Run, engine.LabelPod+"="+p.spec.Name)
}

// name is the engine's name of a part of the pod.
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

// event sends an event with the present time.
func (p *Pod) event(kind record.Kind, fill func(*record.Event)) {
	e := record.Event{Run: p.spec.Run, T: record.Now(), Kind: kind, Target: p.spec.Target, Pod: p.spec.Name}
	fill(&e)
	p.emit(e)
}
