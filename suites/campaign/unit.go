package campaign

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Bounds on what is not waiting: starting a pod, and ending the talk with its containers.
const (
	startWithin = 2 * time.Minute
	endWithin   = 20 * time.Second
	judgeEvery  = 50 * time.Millisecond
	// graceAfterWatch is what a hold may take beyond what it is watched for: it
	// starts later than the first, and its worker is watched after its release.
	graceAfterWatch = 45 * time.Second
)

// unitRun is one pod's part in a wave.
type unitRun struct {
	campaign *Campaign
	unit     plan.Unit
	images   *images
	serves   func() // is told when the pod needs the machine no more for its start: the next one may have it
	together func() // returns when every pod of the wave is ready or has failed
	pod      *pod.Pod
	prepared map[int]bool // PIDs of the workers that Prepare reached; nil where nothing is prepared
}

// run starts the pod, parks the holds and judges them. An error means that the
// cells not judged yet cannot be; it says what was being done to which target.
func (r *unitRun) run(ctx context.Context) (err error) {
	start, cancel := context.WithTimeout(ctx, startWithin+patience(r.unit.Target))
	defer cancel()
	defer func() {
		if r.pod != nil {
			r.keepLog(ctx, err)
			r.close()
		}
	}()
	if err := r.start(start); err != nil {
		return fmt.Errorf("start target %s: %w", r.unit.Target.Name, err)
	}
	r.together()
	hold, cancelHold := context.WithTimeout(ctx, r.unit.Longest()+r.unit.Worker()+r.unit.Target.Ready.Within+graceAfterWatch)
	defer cancelHold()
	if r.unit.Suite == plan.ExhaustionSuite {
		return r.exhaust(hold)
	}
	return r.hold(hold)
}

// patience is what a target's file allows for its start beside the pod's own: until the target and
// its services are ready, and for what is done to it then.
func patience(t *fixtures.Target) time.Duration {
	within := t.Ready.Within + time.Duration(len(t.Prepare))*max(requestsWithin, heldWithin)
	for _, s := range t.Services {
		within += s.Within
	}
	return within
}

// start brings the target up and waits until it serves.
func (r *unitRun) start(ctx context.Context) error {
	images, err := r.images.of(ctx, r.unit.Target)
	if err != nil {
		return err
	}
	spec, err := podSpec(r.campaign.Run, r.unit.Name, r.unit.Target, images)
	if err != nil {
		return err
	}
	spec.Lives = pod.Single
	if r.pod, err = pod.Start(ctx, r.campaign.Engine, spec, r.emit); err != nil {
		return err
	}
	if err := servicesReady(ctx, r.pod, r.unit.Target); err != nil {
		return err
	}
	incarnation, err := r.pod.Up(ctx, pod.UpOptions{})
	if err != nil {
		return err
	}
	if err := Ready(ctx, r.pod, r.unit.Target); err != nil {
		return err
	}
	r.emit(record.Event{Kind: record.IncarnationReady, Incarnation: &incarnation})
	r.serves() // what is prepared now is requests, and waits for their end
	if err := r.prepare(ctx); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if err := r.inject(ctx); err != nil {
		return fmt.Errorf("inject: %w", err)
	}
	return nil
}

// emit writes an event of this pod.
func (r *unitRun) emit(e record.Event) {
	e.Target, e.Pod = r.unit.Target.Name, r.unit.Name
	r.campaign.Log.Write(e)
}

// keepLog records the end of the target's log when something went wrong with it.
func (r *unitRun) keepLog(ctx context.Context, err error) {
	bad := err != nil
	for _, c := range r.unit.Cells {
		j, ok := r.campaign.soFar(c)
		bad = bad || !ok || j.Status == record.Failed
	}
	if !bad {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	if text, err := r.pod.Logs(ctx); err == nil {
		r.emit(record.Event{Kind: record.PodLog, Note: tail(text, logTail)})
	}
}

// logTail is how much of a target's log a report keeps, in bytes.
const logTail = 4000

func tail(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return "…" + text[len(text)-most:]
}

func (r *unitRun) close() {
	ctx, cancel := context.WithTimeout(context.Background(), endWithin)
	defer cancel()
	if err := r.pod.Close(ctx); err != nil {
		r.emit(record.Event{Kind: record.Observed, Note: fmt.Sprintf("remove the pod of %s: %v; the reaper removes the rest", r.unit.Name, err)})
	}
}
