package run

import (
	"context"

	"stalemate/containers/engine"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Suite is how the cells of one suite are carried out.
type Suite struct {
	Name string
	// Hold judges the cells of one pod whose server is ready and prepared. An error makes the cells inconclusive that it has not
	// judged yet. Hold is nil for a suite that has no pods in the batches.
	Hold func(ctx context.Context, p *Pod) error
	// Background judges cells that are not in the batches, and returns when its pods are removed. It loads the machine, so it
	// begins when the pods of the first batch hold. It is nil for a suite without such cells.
	Background func(ctx context.Context, b *Background)
}

// Background is what the background work of a suite uses of the run.
type Background struct {
	execution      *Execution
	images         *images
	lastBatchHolds chan struct{}
}

// LastBatchHolds is closed when all pods of the last batch hold. From then on only background work starts pods.
func (b *Background) LastBatchHolds() <-chan struct{} { return b.lastBatchHolds }

// Plan is the run's plan.
func (b *Background) Plan() *plan.Plan { return b.execution.Plan }

// Engine is the run's engine.
func (b *Background) Engine() *engine.Engine { return b.execution.Engine }

// StartPod starts a pod. Spec makes its specification.
func (b *Background) StartPod(ctx context.Context, spec pod.Spec, emit func(record.Event)) (Server, error) {
	return b.execution.StartPod(ctx, spec, emit)
}

// Write puts an event into the run's log.
func (b *Background) Write(e record.Event) { b.execution.Log.Write(e) }

// Judge gives a cell its judgement; the first one counts.
func (b *Background) Judge(cell *plan.Cell, j record.Judgement) { b.execution.judge(cell, j) }

// Await waits until the images of one of the targets are there, or have failed, and returns its index.
func (b *Background) Await(targets []*target.Target) int { return b.images.await(targets)[0] }

// Image is the target's image. Await has to have named the target.
func (b *Background) Image(t *target.Target) (record.Image, error) { return b.images.target(t) }

// Spec is the specification of a pod of the target, under that name.
func (b *Background) Spec(t *target.Target, name string) (pod.Spec, error) {
	images, err := b.images.forPod(t)
	if err != nil {
		return pod.Spec{}, err
	}
	return podSpec(b.execution.RunID, name, t, images)
}
