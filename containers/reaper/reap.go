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
	// quietAfterDeath is how many sweeps in a row must find nothing where the parent died: four seconds, which is longer
	// than the engine takes to finish the creations of sixteen pods that it had begun (3.4 s).
	quietAfterDeath = 5
	// quietAfterStop is that of a parent which ended well, and had waited for everything that it began.
	quietAfterStop = 1
)

// Reap waits until its input ends, and removes what the run left: process groups and
// directories that it was told of, and whatever bears the run's label in the engine, until several sweeps
// in a row have found nothing. After a word that the run ended well one such sweep is enough.
func Reap(ctx context.Context, run string, in io.Reader, within time.Duration) error {
	if run == "" {
		return errors.New("reap: --run is empty")
	}
	children, temps, stopped := listen(in)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for _, c := range slices.Collect(maps.Values(children)) {
		end(ctx, c)
	}
	var problems error
	for dir := range temps {
		problems = errors.Join(problems, removeAll(dir))
	}
	quiet := quietAfterDeath
	if stopped {
		quiet = quietAfterStop
	}
	return errors.Join(problems, sweepUntilQuiet(ctx, quiet, func() (int, error) { return sweep(ctx, run) }))
}

// listen hears the parent out.
func listen(in io.Reader) (children map[int]child, temps map[string]bool, stopped bool) {
	children, temps = map[int]child{}, map[string]bool{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var w word
		if json.Unmarshal(lines.Bytes(), &w) != nil {
			continue // the last line of a parent that was killed while writing it
		}
		switch {
		case w.Child != nil:
			children[w.Child.PID] = *w.Child
		case w.Gone != 0:
			delete(children, w.Gone)
		case w.Temp != "":
			temps[w.Temp] = true
		case w.Empty != "":
			delete(temps, w.Empty)
		case w.Stop:
			stopped = true
		}
	}
	return children, temps, stopped
}

// sweepUntilQuiet sweeps until nothing is found so many times in a row. An engine that does not answer is asked again.
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
			return fmt.Errorf("the run is not removed: %w", errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}

// sweep removes once and says how much there was.
func sweep(ctx context.Context, run string) (int, error) {
	e, err := engine.Reach(ctx)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	return e.Sweep(ctx, make(client.Filters).Add("label", engine.LabelRun+"="+run))
}
