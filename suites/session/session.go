// Package session is what every run has in common, whoever starts it: the
// command, go test or the ginkgo command. It reads target files, reaches the
// engine, starts the reaper, and keeps the event log.
package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/reaper"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
	"stalemate/suites/startup"
	"stalemate/suites/waivers"
)

// Options say what a run is about.
type Options struct {
	Files    []string        // target files, or folders of them
	Only     string          // pattern of cells
	Out      string          // folder of the event log and the reports
	Command  string          // as it was typed, for the report
	Image    string          // instead of that of the only target
	Repeat   int             // holds a cell, instead of what the files say; 0 leaves it
	Policy   string          // policy file; "" for none
	Waivers  string          // waivers file; "" for none
	Registry string          // asked for images that name none; "": the engine's own
	Strict   bool            // refuse targets whose limits nobody has looked at
	FailOn   record.Severity // the least severity that makes the run fail; "" any
}

// EventLog is the name of the log in the folder of reports.
const EventLog = "events.jsonl"

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
	p, err := plan.Make(append(targets, canaries...), o.Only)
	if err != nil {
		return nil, err
	}
	if len(p.Targets) <= len(canaries) {
		return nil, fmt.Errorf("--only %q matches no cell of %s: `stalemate list` shows all addresses", o.Only, strings.Join(o.Files, ", "))
	}
	if o.Waivers != "" {
		if p.Waivers, err = fixtures.LoadWaivers(o.Waivers, time.Now()); err != nil {
			return nil, err
		}
	}
	return p, unreviewed(p, o)
}

// targets reads the target files and the policy, and applies what the command line changes.
func targets(o Options) ([]*fixtures.Target, error) {
	targets, err := fixtures.LoadAll(o.Files, os.LookupEnv)
	changes := plan.Changes{Image: o.Image, Repeat: o.Repeat}
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

// Session is a run under way.
type Session struct {
	Run      string
	Log      *record.Log
	LogPath  string
	Engine   *engine.Engine
	Campaign *campaign.Campaign
	reaper   *reaper.Reaper
	waivers  *waivers.Ledger
}

// NewRun makes a random run id, which labels everything that the run makes.
func NewRun() (string, error) {
	raw := make([]byte, 6)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make a run id: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// Open reaches the engine and prepares the campaign. Nothing of the plan has begun
// when it returns. The caller closes the session that it gets, even beside an error.
func Open(ctx context.Context, p *plan.Plan, o Options) (*Session, error) {
	run, err := NewRun()
	if err != nil {
		return nil, err
	}
	s := &Session{Run: run, LogPath: filepath.Join(o.Out, EventLog)}
	if s.Log, err = record.CreateLog(s.LogPath, run, secrets(p)); err != nil {
		return nil, err
	}
	if s.Engine, err = engine.Connect(ctx); err != nil {
		return s, err
	}
	if s.reaper, err = reaper.Start(run); err != nil {
		return s, err
	}
	s.Engine.Guard = s.reaper
	s.Log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{Version: Version(), Command: o.Command, FailOn: o.FailOn,
		UnixTime: time.Now().Unix(), Engine: s.Engine.Info(), Versions: versions()}})
	for _, notice := range p.Notices {
		s.Log.Write(record.Event{Kind: record.Noticed, Note: notice})
	}
	s.waivers = waivers.New(p.Waivers, time.Now())
	images := image.New(s.Engine, func(line string) { s.Log.Write(record.Event{Kind: record.Observed, Note: line}) })
	images.Registry = o.Registry
	s.Campaign = campaign.New(campaign.Config{Run: run, Engine: s.Engine, Images: images, Log: s.Log, Plan: p, Waive: s.waive,
		After: []campaign.Work{startup.Work}})
	return s, nil
}

// waive applies the waivers. In a comparison they are the candidate's: that is the build which somebody wants to accept.
func (s *Session) waive(address string, j record.Judgement) record.Judgement {
	return s.waivers.Apply(plan.Plain(address), j)
}

// Close ends the run: it waits for the pods to be gone, and for the reaper to
// find nothing more.
func (s *Session) Close(why string) error {
	if s.waivers != nil && why == "" {
		for _, notice := range s.waivers.Notices(s.Campaign.Plan.Chosen) {
			s.Log.Write(record.Event{Kind: record.Noticed, Note: notice})
		}
	}
	s.Log.Write(record.Event{Kind: record.RunEnded, RunInfo: &record.RunInfo{Stopped: why}})
	var faults []error
	if s.reaper != nil {
		faults = append(faults, s.reaper.Stop())
	}
	if s.Engine != nil {
		faults = append(faults, s.Engine.Close())
	}
	return errors.Join(append(faults, s.Log.Close())...)
}

func secrets(p *plan.Plan) []string {
	var all []string
	for _, t := range p.Targets {
		all = append(all, t.Secrets...)
	}
	return all
}

// Version is the module's own, as the Go toolchain stamped it.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// versions are those of what decides about a verdict.
func versions() map[string]string {
	found := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	found["go"] = info.GoVersion
	for _, d := range info.Deps {
		switch d.Path {
		case "github.com/onsi/ginkgo/v2", "github.com/testcontainers/testcontainers-go":
			found[d.Path] = d.Version
		}
	}
	return found
}
