package startup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

const (
	// waitFor bounds the wait for the leftover-to-be before a kill.
	waitFor = 10 * time.Second
	// afterReload is how long the main process is watched after a reload before it counts as having survived, where
	// nothing tells its end: Apache reads its configuration again in 0.1 s, and its old children answer meanwhile.
	afterReload = 1500 * time.Millisecond
	// afterRemoval is the same after what it uses was taken away: Apache's main process looks after its children each second.
	afterRemoval = 4 * time.Second
	// patience is how many times what a target needs to be ready a live process may take that serves nothing yet,
	// before its start counts as refused: many start at once here. One that gives up ends, which is seen at once.
	patience = 3
	// daemonAttempts is how often a daemon's PID is aimed at: what forks before it varies seldom.
	daemonAttempts = 5
	// stopWithin bounds a clean stop.
	stopWithin = 15 * time.Second
)

// scenario is one under way.
type scenario struct {
	*unit
	*fixtures.Scenario
	starts   []verdict.Start
	evidence []string
	last     []record.Leftover          // the last list
	changed  bool                       // something was planted, removed or left since
	seen     map[string]record.Leftover // by name, as last seen with an inode number
	daemon   int                        // the PID of the first daemon, where one forks away
	pids     map[int]uint64             // the start time of the latest incarnation of each PID
	number   int                        // starts so far
	touched  bool                       // something was done before the first start
	alive    bool                       // the main process runs
	stranger *stranger
	pending  []fixtures.LeftoverObject // to be planted when the stranger is there
	planted  []leftover.Object         // what the last attempt planted of them
}

// say adds a line to the evidence.
func (s *scenario) say(format string, args ...any) {
	s.evidence = append(s.evidence, fmt.Sprintf(format, args...))
}

// run makes the moves in their order. An error means that one could not be made, and says which.
func (s *scenario) run(ctx context.Context) error {
	s.changed = true
	for i, step := range s.Steps {
		within, cancel := context.WithTimeout(ctx, stepWithin+time.Duration(step.Times)*(patience*s.Target.Ready.Within+stepWithin))
		err := s.move(within, step)
		cancel()
		if err != nil {
			return fmt.Errorf("step %d of %s: %w", i+1, s.Name, err)
		}
	}
	return nil
}

func (s *scenario) move(ctx context.Context, step fixtures.LeftoverStep) error {
	if step.Start == nil && step.File == nil && s.number == 0 { // its configuration is the target itself
		s.touched = true
	}
	switch {
	case step.Start != nil:
		for range step.Times {
			if err := s.start(ctx, step); err != nil {
				return err
			}
		}
		return nil
	case step.Kill:
		return s.kill(ctx, step)
	case step.Stop:
		return s.stop(ctx, step)
	case step.Reload:
		return s.command(ctx, step, s.leftovers().Reload, s.reloaded)
	case step.Run != nil:
		return s.command(ctx, step, step.Run, func(ctx context.Context, _ string) error { return s.quiet(ctx, afterReload) })
	case step.IPCRM:
		return s.ipcrm(ctx, step)
	case step.Plant != nil:
		if s.leftovers().Stranger && !s.alive {
			s.pending = append(s.pending, step.Plant...) // the stranger has no number yet
			return nil
		}
		return s.change(ctx, leftover.ToPlant, s.objects(step.Plant))
	case step.Remove != nil:
		return s.change(ctx, leftover.ToRemove, s.objects(step.Remove))
	case step.Empty != "":
		return s.empty(ctx, step.Empty)
	case step.File != nil:
		return s.pod.CopyTo(ctx, []pod.File{{From: step.File.From, To: step.File.To, Mode: step.File.Mode}})
	case step.InodeOf != "":
		return s.aimInode(ctx, step.InodeOf, step.InodeLess)
	}
	return errors.New("a step that does nothing")
}
