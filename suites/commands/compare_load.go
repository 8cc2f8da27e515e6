package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"stalemate/fixtures"
	"stalemate/reports/compare"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// comparison is a run of compare: what it plans, and what stands for the baseline.
type comparison struct {
	plan.Comparison
	first *plan.Plan
	again *plan.Plan // the most that can be held once more: every cell
	saved []record.Event
}

// load reads everything that the command line names and makes the first plan. Its errors are wrong usage.
func (f *compareFlags) load() (*comparison, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c := &comparison{}
	var err error
	if f.FailOn, err = failOn(f.failOn); err != nil {
		return nil, err
	}
	baseline, err := f.side(f.Files[0], f.baseline)
	if err != nil {
		return nil, err
	}
	file := f.Files[0]
	if f.candidateFile != "" {
		file = f.candidateFile
	}
	c.Candidate, err = f.side(file, f.candidate)
	if err != nil {
		return nil, err
	}
	c.Baseline = baseline
	if f.baselineLog != "" {
		c.Baseline = nil
	}
	if c.Canaries, err = fixtures.Canaries(); err != nil {
		return nil, err
	}
	c.Only, c.Extent, c.From, c.Repeats = f.Only, f.Extent, 1, f.repeats
	if c.first, err = c.Make(); err != nil {
		return nil, err
	}
	if f.baselineLog != "" {
		if c.saved, err = readSaved(f.baselineLog, baseline.Name, c.first.Chosen); err != nil {
			return nil, err
		}
	}
	if f.Waivers != "" {
		if c.first.Waivers, err = fixtures.LoadWaivers(f.Waivers, time.Now()); err != nil {
			return nil, err
		}
	}
	if c.again, err = c.Again(nil).Make(); err != nil {
		return nil, err
	}
	return c, c.within(f.budget)
}

// atMost is how long the run takes where servers hold for ever in some repeats alone, and every cell is held once more.
func (c *comparison) atMost() time.Duration {
	sum := c.first.Estimate().AtMost + c.again.Estimate().AtMost
	return (sum + time.Second - 1).Truncate(time.Second) // rounded up: it is a bound
}

// within refuses a run that may take longer, as check does.
func (c *comparison) within(budget time.Duration) error {
	if budget == 0 || c.atMost() <= budget {
		return nil
	}
	return fmt.Errorf("--budget %s: this run takes %s where every server does what its file says, and up to %s where one holds for ever and repeats disagree: "+
		"raise the budget, narrow it with --only, lower --repeats, or lower cap: in the target file", budget, c.first.Estimate().Expected.Round(time.Second), c.atMost())
}

// printPlan is the dry run: that of the first pods, and what a second round adds.
func (c *comparison) printPlan(out io.Writer) error {
	if err := printPlan(out, c.first); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Cells whose repeats disagree are held in as many pods again: at most %s in all.\n", c.atMost())
	return err
}

// check refuses what makes no comparison.
func (f *compareFlags) check() error {
	switch {
	case len(f.Files) != 1:
		return fmt.Errorf("-f was given %d times: compare takes one target file, and --candidate-file for the candidate's", len(f.Files))
	case f.candidate == "" && f.candidateFile == "":
		return errors.New("no candidate: give --candidate IMAGE, or --candidate-file with a target file that names another")
	case f.baseline != "" && f.baselineLog != "":
		return errors.New("--baseline and --baseline-log are both given: leave one out")
	case f.repeats < 1 || f.repeats > plan.MaxRepeat:
		return fmt.Errorf("--repeats %d: give 1 to %d", f.repeats, plan.MaxRepeat)
	case f.budget < 0:
		return fmt.Errorf("--budget %s: a run takes time", f.budget)
	}
	return nil
}

// side reads one target file, and puts the image in its place.
func (f *compareFlags) side(file, image string) (*fixtures.Target, error) {
	targets, err := fixtures.LoadAll([]string{file}, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if len(targets) != 1 {
		return nil, fmt.Errorf("%s holds %d targets: name the file of one", file, len(targets))
	}
	changes := plan.Changes{Image: image, Registry: f.Registry}
	if f.Policy != "" {
		if changes.Policy, err = fixtures.LoadPolicy(f.Policy); err != nil {
			return nil, err
		}
	}
	return targets[0], changes.Apply(targets)
}

// readSaved reads what stands for the baseline: of a target of that name the cells with chosen addresses.
func readSaved(path, target string, chosen func(address string) bool) ([]record.Event, error) {
	events, err := record.ReadFile(path)
	if err != nil {
		return nil, err
	}
	saved, err := compare.Saved(events, target, chosen)
	if err != nil {
		return nil, fmt.Errorf("--baseline-log %s: %w", path, err)
	}
	return saved, nil
}
