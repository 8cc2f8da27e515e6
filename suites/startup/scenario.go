package startup

import (
	"context"
	"fmt"
	"time"

	"stalemate/containers/leftover"
	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// scenario is one under way. It is the server that the steps of the scenario see.
type scenario struct {
	*scenarioPod
	*target.Scenario
	starts   []verdict.Start
	evidence []string
	last     []record.Leftover          // the last list
	changed  bool                       // something was planted, removed or left behind since
	seen     map[string]record.Leftover // by name, as last seen with an inode number
	daemon   int                        // the PID of the first daemon, where one forks away
	pids     map[int]uint64             // the start time of the latest incarnation of each PID
	number   int                        // starts so far
	fresh    freshStart                 // the first start, where nothing was done before it
	touched  bool                       // something was done before the first start
	alive    bool                       // the main process runs
	stranger *stranger
	pending  []steps.Object    // to be planted when the stranger has arrived
	planted  []leftover.Object // what the last attempt planted of them
}

var _ steps.Server = (*scenario)(nil)

func (u *scenarioPod) newScenario(cell *plan.Cell) *scenario {
	return &scenario{scenarioPod: u, Scenario: cell.Scenario, seen: map[string]record.Leftover{}, pids: map[int]uint64{}}
}

// run carries out the steps in their order. An error means that one could not be done, and says which.
func (s *scenario) run(ctx context.Context) error {
	s.changed = true
	for i, step := range s.Steps {
		if s.number == 0 && !configures(step) {
			s.touched = true
		}
		within := stepWithin + time.Duration(max(step.Starts(), 1))*(patience*s.Target.Ready.Within+stepWithin)
		if patient, is := step.(interface{ Waits() time.Duration }); is {
			within += patient.Waits()
		}
		ctx, cancel := context.WithTimeout(ctx, within)
		err := step.Do(ctx, s)
		cancel()
		if err != nil {
			return fmt.Errorf("step %d of %s: %w", i+1, s.Name, err)
		}
	}
	return nil
}

// configures says whether a step before the first start leaves nothing in the way of that start: a file
// that is copied in belongs to the target's configuration.
func configures(step steps.Step) bool {
	switch step.(type) {
	case *steps.Start, *steps.KillInStart, *steps.CopyFile:
		return true
	}
	return false
}

// Stays is for how long a start has to last, where its step does not say.
func (s *scenario) Stays() time.Duration { return s.leftovers().Stays }

// Say adds a line to the evidence.
func (s *scenario) Say(format string, args ...any) {
	s.evidence = append(s.evidence, fmt.Sprintf(format, args...))
}

// Runs says whether the main process runs, as far as was seen.
func (s *scenario) Runs() bool { return s.alive }

// Served says whether everything was served when the server was last judged.
func (s *scenario) Served() bool {
	n := len(s.starts)
	return n > 0 && s.starts[n-1].Seen() == record.Starts
}
