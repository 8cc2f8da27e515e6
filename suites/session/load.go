package session

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// Options say what a run is about.
type Options struct {
	Files    []string        // target files, or folders of them
	Only     string          // pattern of cells
	Extent   plan.Extent     // of what the files have, without Only
	Out      string          // folder of the event log and the reports
	Command  string          // as it was typed, for the report
	Image    string          // instead of that of the only target
	Repeat   int             // holds a cell, instead of what the files say; 0 leaves it
	Policy   string          // policy file; "" for none
	Waivers  string          // waivers file; "" for none
	Registry string          // asked for images that name none; "": the engine's own
	Strict   bool            // refuse targets whose limits nobody has looked at
	FailOn   record.Severity // the least severity that makes the run fail; "" any
	Replaces []string        // reports of an earlier run, which nobody may take for those of this one: removed before it begins
}

// Load reads the target files, adds the canary, and plans the run. No engine is
// needed; an error means that the run cannot be as it was asked for.
func Load(o Options) (*plan.Plan, error) {
	targets, err := targets(o)
	if err != nil {
		return nil, err
	}
	canaries, err := fixtures.Canaries()
	if err != nil {
		return nil, err
	}
	selected := plan.Selection{Only: o.Only, Extent: o.Extent}
	p, err := plan.Make(append(targets, canaries...), selected)
	if err != nil {
		return nil, err
	}
	if len(p.Targets) <= len(canaries) {
		return nil, selected.Nothing(strings.Join(o.Files, ", "))
	}
	if o.Waivers != "" {
		if p.Waivers, err = fixtures.LoadWaivers(o.Waivers, time.Now()); err != nil {
			return nil, err
		}
	}
	if o.Only == "" { // who picks cells knows what is left out
		startless(p)
	}
	return p, unreviewed(p, o)
}

// startless says of which targets no start is tested: a file asks for that with leftovers.
func startless(p *plan.Plan) {
	var names []string
	files := map[string]bool{} // one that is prepared stands for two targets
	for _, t := range p.Targets {
		if t.Leftovers == nil && t.Canary == "" && !files[t.File] {
			names = append(names, t.Name)
		}
		files[t.File] = true
	}
	if len(names) > 0 {
		p.Notices = append(p.Notices, "whether a server starts again after an unclean death is not tested without leftovers: in its file: "+plan.Named(names))
	}
}

// targets reads the target files and the policy, and applies what the command line changes.
func targets(o Options) ([]*fixtures.Target, error) {
	targets, err := fixtures.LoadAll(o.Files, os.LookupEnv)
	changes := plan.Changes{Image: o.Image, Repeat: o.Repeat, Registry: o.Registry}
	if o.Policy != "" {
		var fault error
		changes.Policy, fault = fixtures.LoadPolicy(o.Policy)
		err = errors.Join(err, fault)
	}
	if err != nil {
		return nil, err
	}
	return targets, changes.Apply(targets)
}

// unreviewed names the targets that say `reviewed: false`, or refuses them.
func unreviewed(p *plan.Plan, o Options) error {
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
