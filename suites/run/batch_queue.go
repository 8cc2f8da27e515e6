package run

import (
	"slices"

	"stalemate/fixtures/target"
	"stalemate/suites/plan"
)

// batchQueue gives the batches of a plan in their order. While images are still being built, a batch has the pods whose images are
// there, so that the first verdicts do not wait for the last image.
type batchQueue struct {
	images  *images
	batches []plan.Batch // what is left
	size    int          // of the largest batch
	given   int          // number of the last batch
}

// newBatchQueue is a queue of batches, which it numbers from first.
func newBatchQueue(images *images, batches []plan.Batch, first int) *batchQueue {
	q := &batchQueue{images: images, batches: slices.Clone(batches), given: first - 1}
	for _, b := range batches {
		q.size = max(q.size, len(b.Units))
	}
	return q
}

// left is whether the queue has a further batch.
func (q *batchQueue) left() bool { return len(q.batches) > 0 }

// next waits until the images of a pod are there, and takes a batch: the first one if it is complete, else the pods of any batches
// that can start. A comparison's batch is given whole: a disturbance has to affect both sides.
func (q *batchQueue) next() plan.Batch {
	var units []plan.Unit
	if q.batches[0].Whole {
		for _, u := range q.batches[0].Units {
			q.images.await([]*target.Target{u.Target})
		}
		units, q.batches = q.batches[0].Units, q.batches[1:]
	} else {
		units = q.takeReady()
	}
	q.given++
	return plan.Batch{Number: q.given, Units: units}
}

// takeReady takes the first pods whose images are there, as many as the largest batch has, or as the first batch has if it is
// complete.
func (q *batchQueue) takeReady() []plan.Unit {
	var targets []*target.Target
	for _, b := range q.batches {
		for _, u := range b.Units {
			targets = append(targets, u.Target)
		}
	}
	ready := q.images.await(targets)
	first := len(q.batches[0].Units)
	most := q.size
	if len(ready) >= first && ready[first-1] == first-1 {
		most = first
	}
	ready = ready[:min(most, len(ready))]
	var taken []plan.Unit
	var rest []plan.Batch
	i := 0
	for _, b := range q.batches {
		var kept []plan.Unit
		for _, u := range b.Units {
			if slices.Contains(ready, i) {
				taken = append(taken, u)
			} else {
				kept = append(kept, u)
			}
			i++
		}
		if len(kept) > 0 {
			rest = append(rest, plan.Batch{Number: b.Number, Units: kept, Whole: b.Whole})
		}
	}
	q.batches = rest
	return taken
}
