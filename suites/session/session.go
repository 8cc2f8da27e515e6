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
)

// Options say what a run is about.
type Options struct {
	Files   []string // target files, or folders of them
	Only    string   // pattern of cells
	Out     string   // folder of the event log and the reports
	Command string   // as it was typed, for the report
}

// EventLog is the name of the log in the folder of reports.
const EventLog = "events.jsonl"

// Load reads the target files, adds the canary, and plans the run. No engine is
// needed; an error means that the run cannot be as it was asked for.
func Load(o Options) (*plan.Plan, error) {
	targets, err := fixtures.LoadAll(o.Files, os.LookupEnv)
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
	return p, nil
}

// Session is a run under way.
type Session struct {
	Run      string
	Log      *record.Log
	LogPath  string
	Engine   *engine.Engine
	Campaign *campaign.Campaign
	reaper   *reaper.Reaper
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
	s.Log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{Version: Version(), Command: o.Command,
		UnixTime: time.Now().Unix(), Engine: s.Engine.Info(), Versions: versions()}})
	images := image.New(s.Engine, func(line string) { s.Log.Write(record.Event{Kind: record.Observed, Note: line}) })
	s.Campaign = campaign.New(campaign.Config{Run: run, Engine: s.Engine, Images: images, Log: s.Log, Plan: p})
	return s, nil
}

// Close ends the run: it waits for the pods to be gone, and for the reaper to
// find nothing more.
func (s *Session) Close(why string) error {
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
