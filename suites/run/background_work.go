package run

import (
	"context"
	"sync"

	"stalemate/reports/record"
)

// backgroundWork is the work of all suites that goes on while the batches hold.
type backgroundWork struct {
	execution      *Execution
	images         *images
	beginOnce      sync.Once
	announceOnce   sync.Once
	lastBatchHolds chan struct{}
	running        sync.WaitGroup
}

func newBackgroundWork(e *Execution, images *images) *backgroundWork {
	return &backgroundWork{execution: e, images: images, lastBatchHolds: make(chan struct{})}
}

// begin starts the work of each suite. Only the first call does.
func (b *backgroundWork) begin(ctx context.Context) {
	b.beginOnce.Do(func() {
		for _, s := range b.execution.Suites {
			if s.Background != nil {
				b.running.Go(func() {
					err := Survive(func() error {
						s.Background(ctx, &Background{execution: b.execution, images: b.images, lastBatchHolds: b.lastBatchHolds})
						return nil
					})
					if err != nil { // the cells that are not judged are inconclusive
						b.execution.Log.Write(record.Event{Kind: record.Noticed, Note: "suite " + s.Name + ": " + err.Error()})
					}
				})
			}
		}
	})
}

// announceLastBatchHolds tells the work that it has the machine to itself.
func (b *backgroundWork) announceLastBatchHolds() {
	b.announceOnce.Do(func() { close(b.lastBatchHolds) })
}

// wait returns when all suites have finished their work.
func (b *backgroundWork) wait() { b.running.Wait() }
