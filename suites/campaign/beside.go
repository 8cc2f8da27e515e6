package campaign

import (
	"context"
	"net"
	"strconv"
	"sync"

	"stalemate/attackers"
	"stalemate/containers/engine"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Work judges cells of the plan beside the waves. It returns when its pods are gone.
type Work func(ctx context.Context, tools *Tools)

// Tools are what such work has of the campaign.
type Tools struct {
	campaign *Campaign
	images   *images
	alone    chan struct{}
}

// Alone is closed when all pods of the last wave hold: from then on nobody else starts anything.
func (t *Tools) Alone() <-chan struct{} { return t.alone }

// beside is the work of other suites, which goes on beside the waves.
type beside struct {
	campaign *Campaign
	images   *images
	once     sync.Once
	left     sync.Once
	alone    chan struct{}
	all      sync.WaitGroup
}

func newBeside(c *Campaign, images *images) *beside {
	return &beside{campaign: c, images: images, alone: make(chan struct{})}
}

// begin has it begin. The first call counts.
func (b *beside) begin(ctx context.Context) {
	b.once.Do(func() {
		for _, work := range b.campaign.Beside {
			b.all.Go(func() { work(ctx, &Tools{campaign: b.campaign, images: b.images, alone: b.alone}) })
		}
	})
}

// leave tells it that it is alone from now on.
func (b *beside) leave() { b.left.Do(func() { close(b.alone) }) }

// wait returns when all of it is done.
func (b *beside) wait() { b.all.Wait() }

// Plan is that of the run.
func (t *Tools) Plan() *plan.Plan { return t.campaign.Plan }

// Engine is that of the run.
func (t *Tools) Engine() *engine.Engine { return t.campaign.Engine }

// Run is the run's id.
func (t *Tools) Run() string { return t.campaign.Run }

// Write puts an event into the run's log.
func (t *Tools) Write(e record.Event) { t.campaign.Log.Write(e) }

// Judge publishes a cell's judgement. The first one counts.
func (t *Tools) Judge(cell *plan.Cell, j record.Judgement) { t.campaign.judged(cell, j) }

// Spec is that of a pod of the target, by that name.
func (t *Tools) Spec(ctx context.Context, target *fixtures.Target, name string) (pod.Spec, error) {
	images, err := t.images.of(ctx, target)
	if err != nil {
		return pod.Spec{}, err
	}
	return podSpec(t.campaign.Run, name, target, images)
}

// Question is a probe of a listener of a target in a pod, as its file says how to speak to it.
func Question(p *pod.Pod, t *fixtures.Target, l fixtures.Listener) attackers.ProbeRequest {
	return attackers.ProbeRequest{
		Address: net.JoinHostPort(p.Address(), strconv.Itoa(l.Port)), Proto: probeProto(l.Proto),
		TLS: speakTLS(t, l), Preface: preface(l), Request: request(t),
	}
}
