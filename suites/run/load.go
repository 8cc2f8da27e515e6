package run

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Options are what a command line says about a run.
type Options struct {
	Files    []string        // target files, or folders that contain some
	Only     string          // pattern of cells
	Extent   plan.Extent     // how much of the files is carried out; Only overrides it
	Out      string          // folder of the event log and the reports
	Suites   []Suite         // they carry out the cells
	Specs    []string        // names of the suites whose cells Ginkgo asserts
	Command  string          // as the user typed it, for the report
	Image    string          // replaces the image of the only target
	Repeat   int             // holds of each cell; 0: as the files say
	Policy   string          // policy file; "" for none
	Waivers  string          // waivers file; "" for none
	Registry string          // for images whose names have none; "": the engine's default
	Strict   bool            // refuses targets with `reviewed: false`
	FailOn   record.Severity // the lowest severity that fails the run; "": any
	Replaces []string        // reports of an earlier run, removed before this run begins
	Shard    int             // which part of the plan, from 1; 0: the whole plan
	Shards   int             // how many parts it has
	Hurry    <-chan struct{} // closed when the run must end now; nil: never
}

// Load reads the target files, adds the canaries and plans the run. It needs no container engine.
func Load(o Options) (*plan.Plan, error) {
	targets, err := loadTargets(o)
	if err != nil {
		return nil, err
	}
	if err := CheckNames(targets); err != nil {
		return nil, err
	}
	canaries, err := target.Canaries()
	if err != nil {
		return nil, err
	}
	selected := plan.Selection{Only: o.Only, Extent: o.Extent}
	p, err := plan.Make(append(targets, canaries...), selected)
	if err != nil {
		return nil, err
	}
	if len(p.Targets) <= len(canaries) {
		return nil, p.NoCellError(strings.Join(o.Files, ", "))
	}
	if o.Waivers != "" {
		if p.Waivers, err = target.LoadWaivers(o.Waivers, time.Now()); err != nil {
			return nil, err
		}
	}
	if o.Only == "" { // with --only, the user has left starts out on purpose
		noticeStartsNotTested(p)
	}
	if err := checkReviewed(p, o); err != nil || o.Shard == 0 {
		return p, err
	}
	return p.Shard(o.Shard, o.Shards)
}

// noticeStartsNotTested adds a notice about the targets whose starts are not tested, because their files have no leftovers.
func noticeStartsNotTested(p *plan.Plan) {
	var names []string
	files := map[string]bool{} // a file with prepare steps is two targets
	for _, t := range p.Targets {
		if t.Leftovers == nil && t.Canary == "" && !files[t.File] {
			names = append(names, t.Name)
		}
		files[t.File] = true
	}
	if len(names) > 0 {
		p.Notices = append(p.Notices, "whether a server starts again after an unclean death is not tested without leftovers: in its file: "+plan.NameFew(names))
	}
}

// loadTargets reads the target files and the policy, and applies the changes of the command line.
func loadTargets(o Options) ([]*target.Target, error) {
	targets, err := target.LoadAll(o.Files, os.LookupEnv)
	changes := plan.Changes{Image: o.Image, Repeat: o.Repeat, Registry: o.Registry}
	if o.Policy != "" {
		var fault error
		changes.Policy, fault = target.LoadPolicy(o.Policy)
		err = errors.Join(err, fault)
	}
	if err != nil {
		return nil, err
	}
	return targets, changes.Apply(targets)
}

// checkReviewed adds a notice about the targets with `reviewed: false`, or refuses them with --strict.
func checkReviewed(p *plan.Plan, o Options) error {
	var names []string
	for _, t := range p.Targets {
		if !t.Reviewed {
			names = append(names, fmt.Sprintf("%s (%s)", t.Name, t.File))
		}
	}
	if len(names) == 0 {
		return nil
	}
	what := fmt.Sprintf("%d targets say `reviewed: false`: nobody has looked at their limits yet: %s", len(names), strings.Join(names, ", "))
	if o.Strict {
		return errors.New("--strict: " + what + ": look at each limit, then remove the line")
	}
	p.Notices = append(p.Notices, what)
	return nil
}
