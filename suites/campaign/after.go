package campaign

import (
	"context"
	"net"
	"strconv"

	"stalemate/attackers"
	"stalemate/containers/engine"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Work judges cells of the plan after the waves. It returns when its pods are gone.
type Work func(ctx context.Context, tools *Tools)

// Tools are what such work has of the campaign.
type Tools struct {
	campaign *Campaign
	images   *images
}

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
