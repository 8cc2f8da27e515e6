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
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/reaper"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
	"stalemate/suites/startup"
	"stalemate/suites/waivers"
)

// EventLog is the name of the log in the folder of reports.
const EventLog = "events.jsonl"

// Session is a run under way.
type Session struct {
	Run      string
	Log      *record.Log
	LogPath  string
	Engine   *engine.Engine
	Campaign *campaign.Campaign
	waivers  *waivers.Ledger
	after    []func() error // what ends when the run does, in this order
}

// NewRun makes a random run id, which labels everything that the run makes.
func NewRun() (string, error) {
	raw := make([]byte, 6)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make a run id: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// Open prepares a run whose log is at its path from now on. The caller closes the
// session that it gets, even beside an error.
func Open(ctx context.Context, p *plan.Plan, o Options) (*Session, error) {
	s, err := Prepare(ctx, p, o)
	if err != nil {
		return s, err
	}
	return s, s.Log.Publish()
}

// Prepare reaches the engine and prepares the campaign. Nothing of the plan has begun
// when it returns, and an older log of the folder is still there: Publish of the
// session's log replaces it. The caller closes the session that it gets, even beside an error.
func Prepare(ctx context.Context, p *plan.Plan, o Options) (*Session, error) {
	run, err := NewRun()
	if err != nil {
		return nil, err
	}
	s := &Session{Run: run, LogPath: filepath.Join(o.Out, EventLog)}
	if s.Log, err = record.CreateLog(s.LogPath, run, secrets(p)); err != nil {
		return nil, err
	}
	if err := remove(o.Replaces); err != nil {
		return s, err
	}
	if s.Engine, err = engine.Connect(ctx); err != nil {
		return s, err
	}
	s.after = append(s.after, s.Engine.Close)
	guard, err := reaper.Start(run)
	if err != nil {
		return s, err
	}
	s.after = append([]func() error{guard.Stop}, s.after...)
	s.Engine.Guard = guard
	s.Log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{Version: Version(), Command: o.Command, FailOn: o.FailOn,
		UnixTime: time.Now().Unix(), Engine: s.Engine.Info(), Versions: versions()}})
	for _, notice := range p.Notices {
		s.Log.Write(record.Event{Kind: record.Noticed, Note: notice})
	}
	s.waivers = waivers.New(p.Waivers, time.Now())
	images := image.New(s.Engine, func(line string) { s.Log.Write(record.Event{Kind: record.Observed, Note: line}) })
	images.Registry = o.Registry
	s.Campaign = campaign.New(campaign.Config{Run: run, Engine: s.Engine, Images: images, Log: s.Log, Plan: p, Waive: s.waive,
		Beside: []campaign.Work{startup.Work}})
	return s, nil
}

// remove removes files that may not be there.
func remove(paths []string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the report of an earlier run: %w", err)
		}
	}
	return nil
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
	ended := record.Event{Kind: record.RunEnded, T: record.Now(), RunInfo: &record.RunInfo{Stopped: why}}
	var faults []error
	for _, end := range s.after {
		faults = append(faults, end())
	}
	// The log says so too, so that no report of it is green where the exit status is not.
	fault := errors.Join(faults...)
	if fault != nil {
		s.Log.Write(record.Event{Kind: record.Noticed, Note: fmt.Sprintf("the run did not end as it should: %v", fault)})
		ended.RunInfo.Exit = record.ExitInconclusive
	}
	s.Log.Write(ended)
	return errors.Join(fault, s.Log.Close())
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
