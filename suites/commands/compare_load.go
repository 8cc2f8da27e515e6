package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/upgrade"
	"stalemate/suites/verdict"
)

// load reads everything that the command line names and plans the comparison. Its errors are wrong usage.
func (f *compareFlags) load() (*upgrade.Upgrade, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	var err error
	if f.FailOn, err = failOn(f.failOn); err != nil {
		return nil, err
	}
	c := plan.Comparison{Selection: plan.Selection{Only: f.Only, Extent: f.Extent}, From: 1, Repeats: f.repeats}
	if c.Baseline, err = f.side(f.Files[0], f.baseline); err != nil {
		return nil, err
	}
	file := f.Files[0]
	if f.candidateFile != "" {
		file = f.candidateFile
	}
	if c.Candidate, err = f.side(file, f.candidate); err != nil {
		return nil, err
	}
	if c.Canaries, err = target.Canaries(); err != nil {
		return nil, err
	}
	var saved upgrade.Saved
	if f.baselineLog != "" {
		name := c.Baseline.Name
		c.Baseline = nil
		saved = func(chosen func(address string) bool) ([]record.Event, error) {
			return readSaved(f.baselineLog, name, chosen)
		}
	}
	u, err := upgrade.New(c, saved)
	if err != nil {
		return nil, err
	}
	if f.Waivers != "" {
		if u.First.Waivers, err = target.LoadWaivers(f.Waivers, time.Now()); err != nil {
			return nil, err
		}
	}
	return u, comparedWithin(u, f.budget)
}

// comparedWithin refuses a run that may take longer, as check does.
func comparedWithin(u *upgrade.Upgrade, budget time.Duration) error {
	if budget == 0 || u.AtMost() <= budget {
		return nil
	}
	return fmt.Errorf("--budget %s is too short: this run takes %s if every server does what its file says,\nand up to %s if a server never closes a connection and repeats disagree:\n"+
		"raise the budget, select fewer cells with --only, lower --repeats, or lower cap: in the target file", budget, u.First.Estimate().Expected.Round(time.Second), u.AtMost())
}

// printComparison is the dry run: that of the first pods, and what a second round adds.
func printComparison(out io.Writer, u *upgrade.Upgrade) error {
	if err := printPlan(out, u.First); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "If repeats disagree, stalemate holds the cell in as many pods again: at most %s in all.\n", u.AtMost())
	return err
}

// check refuses what makes no comparison.
func (f *compareFlags) check() error {
	switch {
	case len(f.Files) != 1:
		return fmt.Errorf("-f is given %d times: give one target file, and --candidate-file if the candidate needs another", len(f.Files))
	case f.candidate == "" && f.candidateFile == "":
		return errors.New("no candidate: give --candidate IMAGE, or --candidate-file with a target file that names another")
	case f.baseline != "" && f.baselineLog != "":
		return errors.New("--baseline and --baseline-log are both given: remove one")
	case f.repeats < 1 || f.repeats > plan.MaxRepeat:
		return fmt.Errorf("--repeats %d: give 1 to %d", f.repeats, plan.MaxRepeat)
	case f.budget < 0:
		return badBudget(f.budget)
	}
	return nil
}

// side reads one target file, and puts the image in its place.
func (f *compareFlags) side(file, image string) (*target.Target, error) {
	targets, err := target.LoadAll([]string{file}, os.LookupEnv)
	if err != nil {
		return nil, err
	}
	if len(targets) != 1 {
		return nil, fmt.Errorf("%s holds %d targets: give a file with one target", file, len(targets))
	}
	changes := plan.Changes{Image: image, Registry: f.Registry}
	if f.Policy != "" {
		if changes.Policy, err = target.LoadPolicy(f.Policy); err != nil {
			return nil, err
		}
	}
	if err := changes.Apply(targets); err != nil {
		return nil, err
	}
	return targets[0], run.CheckNames(targets)
}

// readSaved reads what stands for the baseline: of a target of that name the cells with chosen addresses.
func readSaved(path, target string, chosen func(address string) bool) ([]record.Event, error) {
	events, err := record.ReadFile(path)
	if err != nil {
		return nil, err
	}
	saved, err := verdict.Saved(events, target, chosen)
	if err != nil {
		return nil, fmt.Errorf("--baseline-log %s: %w", path, err)
	}
	return saved, nil
}
