package reaper

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/moby/moby/client"

	"stalemate/containers/engine"
)

const (
	betweenSweeps = time.Second
	// quietAfterDeath is how many sweeps in a row must find nothing after the parent died. The engine still creates what the
	// parent had asked for: 3.4 s for sixteen pods, measured. Five sweeps take four seconds.
	quietAfterDeath = 5
	// quietAfterStop is the same after a clean end. The parent had then waited for all of its requests.
	quietAfterStop = 1
)

// Reap waits until in ends, which is when the run ends. Then it kills the process groups and removes the directories that
// it was told about, and removes everything with the run's label from the engine at host. It is done when several sweeps in a
// row find nothing. It fails if that takes longer than within: an engine that is down or frozen may be back by then.
func Reap(ctx context.Context, run, host string, in io.Reader, within time.Duration) error {
	if run == "" || host == "" {
		return errors.New("remove what a run left: --run or --engine is empty")
	}
	groups, temps, stopped := readMessages(in)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, c := range slices.Collect(maps.Values(groups)) {
		endGroup(ctx, c)
	}
	var problems error
	for dir := range temps {
		problems = errors.Join(problems, removeTempDir(dir))
	}
	quiet := quietAfterDeath
	if stopped {
		quiet = quietAfterStop
	}
	return errors.Join(problems, sweepUntilQuiet(ctx, quiet, func() (int, error) { return sweep(ctx, run, host) }))
}

// readMessages reads until the parent's end: what is left to clean up, and whether the run ended cleanly.
func readMessages(in io.Reader) (groups map[int]processGroup, temps map[string]bool, stopped bool) {
	groups, temps = map[int]processGroup{}, map[string]bool{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var m message
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			continue // the last line of a parent that was killed while it wrote
		}
		switch {
		case m.Child != nil:
			groups[m.Child.PID] = *m.Child
		case m.Gone != 0:
			delete(groups, m.Gone)
		case m.Temp != "":
			temps[m.Temp] = true
		case m.Empty != "":
			delete(temps, m.Empty)
		case m.Stop:
			stopped = true
		}
	}
	return groups, temps, stopped
}

// sweepUntilQuiet sweeps once a second until quiet sweeps in a row find nothing. A sweep that fails is repeated.
func sweepUntilQuiet(ctx context.Context, quiet int, sweep func() (found int, err error)) error {
	tick := time.NewTicker(betweenSweeps)
	defer tick.Stop()
	for nothing := 0; ; {
		found, err := sweep()
		if err == nil && found == 0 {
			nothing++
		} else {
			nothing = 0
		}
		if nothing == quiet {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove what the run left: not done in time: %w", errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}

// sweep removes everything with the run's label once, and returns how many things it found. It connects afresh: the engine may
// have been restarted since the last sweep.
func sweep(ctx context.Context, run, host string) (int, error) {
	e, err := engine.At(host)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	return e.Sweep(ctx, make(client.Filters).Add("label", engine.LabelRun+"="+run))
}
