// Package run carries out a plan. A Session is one run of the stalemate command, go test or the ginkgo command: it connects to
// the container engine, starts the reaper and keeps the event log. Its Execution starts the pods of each batch, lets the suites
// judge the cells there, and gives each judgement to whoever waits for it.
//
// Read session.go first, then execution.go: together they are the main path of a run.
package run

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/reaper"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// EventLog is the name of the log in the folder of reports.
const EventLog = "events.jsonl"

// Session is a run from its first event to its last.
type Session struct {
	Run       string
	Log       *record.Log
	LogPath   string
	Engine    *engine.Engine
	Execution *Execution
	waivers   *verdict.Ledger
	cleanups  []func() error // Close calls them in this order
}

// NewRun returns a random run id. Everything that the run creates has it as a label.
func NewRun() (string, error) {
	raw := make([]byte, 6)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make a run id: %w", err)
	}
	return hex.EncodeToString(raw), nil
}

// Open prepares a run and publishes its log at LogPath. The caller closes the session, also when there is an error.
func Open(ctx context.Context, p *plan.Plan, o Options) (*Session, error) {
	s, err := Prepare(ctx, p, o)
	if err != nil {
		return s, err
	}
	return s, s.Log.Publish()
}

// Prepare connects to the engine and creates the execution, but starts nothing of the plan. The log of an earlier run stays in
// the folder until the caller publishes the session's log. The caller closes the session, also when there is an error.
func Prepare(ctx context.Context, p *plan.Plan, o Options) (*Session, error) {
	run, err := NewRun()
	if err != nil {
		return nil, err
	}
	s := &Session{Run: run, LogPath: filepath.Join(o.Out, EventLog)}
	if s.Log, err = record.CreateLog(s.LogPath, run, secrets(p)); err != nil {
		return nil, err
	}
	if err := removeReports(o.Replaces); err != nil {
		return s, err
	}
	if err := s.connect(ctx, o.Hurry); err != nil {
		return s, err
	}
	s.logStart(p, o)
	s.waivers = verdict.NewLedger(p.Waivers, time.Now())
	s.Execution = NewExecution(Config{RunID: run, Engine: s.Engine, Images: s.imageStore(o.Registry), StartPod: startOnEngine(s.Engine),
		Log: s.Log, Plan: p, Waive: s.waive, Suites: o.Suites})
	return s, nil
}

// connect connects to the engine and starts the reaper, which Close stops first. From now on an engine that does not answer ends
// the run, and so does what closes hurry.
func (s *Session) connect(ctx context.Context, hurry <-chan struct{}) error {
	var err error
	if s.Engine, err = engine.Connect(ctx); err != nil {
		return err
	}
	s.cleanups = []func() error{s.Engine.Close}
	guard, err := reaper.Start(s.Run, s.Engine)
	if err != nil {
		return err
	}
	supervised, stop := context.WithCancel(context.WithoutCancel(ctx))
	go s.Engine.Supervise(supervised)
	go func() {
		select {
		case <-hurry:
			s.Engine.Abandon(ErrHurry)
		case <-supervised.Done():
		}
	}()
	s.cleanups = []func() error{func() error { return s.stopReaper(guard) }, func() error { stop(); return s.Engine.Close() }}
	s.Engine.Guard = guard
	return nil
}

// ErrHurry means that the run was interrupted a second time.
var ErrHurry = errors.New("interrupted twice")

// stopReaper waits for the reaper, unless the run gave the engine up before or gives it up meanwhile.
func (s *Session) stopReaper(guard *reaper.Reaper) error {
	stopped := make(chan error, 1)
	go func() { stopped <- guard.Stop() }()
	alive, done := s.Engine.While(context.Background())
	defer done()
	select {
	case err := <-stopped:
		return err
	case <-alive.Done():
		return fmt.Errorf("%w: %w", context.Cause(alive), guard.Leaving())
	}
}

// logStart writes the first events of the run: what it consists of, and the notices of its plan.
func (s *Session) logStart(p *plan.Plan, o Options) {
	s.Log.Write(record.Event{Kind: record.RunStarted, RunInfo: &record.RunInfo{Version: Version(), Command: o.Command, Specs: o.Specs, FailOn: o.FailOn, Shard: p.PartOf,
		UnixTime: time.Now().Unix(), Engine: s.Engine.Info(), Versions: versions()}})
	if p.PartOf != nil {
		s.Log.Write(record.Event{Kind: record.Noticed, Note: p.PartOf.Notice()})
	}
	for _, notice := range p.Notices {
		s.Log.Write(record.Event{Kind: record.Noticed, Note: notice})
	}
}

// imageStore builds and pulls the run's images, and writes the builder's output into the log.
func (s *Session) imageStore(registry string) *image.Store {
	store := image.New(s.Engine, func(line string) { s.Log.Write(record.Event{Kind: record.Observed, Note: line}) })
	store.Registry = registry
	return store
}

// waive applies the waivers. A comparison waives failures of the candidate, because that is the build to be accepted.
func (s *Session) waive(address string, j record.Judgement) record.Judgement {
	return s.waivers.Apply(plan.AddressInFile(address), j)
}

// Close ends the run: it stops the reaper, which removes what is left, and closes the engine and the log. stopped says why the
// run ended early, and is "" for a whole run.
func (s *Session) Close(stopped string) error {
	if s.Engine != nil && s.Engine.Lost() != nil {
		stopped = strings.TrimPrefix(stopped+", ", ", ") + s.Engine.Lost().Error()
	}
	if s.waivers != nil && stopped == "" {
		for _, notice := range s.waivers.Notices(s.Execution.Plan.Chosen) {
			s.Log.Write(record.Event{Kind: record.Noticed, Note: notice})
		}
	}
	ended := record.Event{Kind: record.RunEnded, T: record.Now(), RunInfo: &record.RunInfo{Stopped: stopped}}
	var faults []error
	for _, cleanUp := range s.cleanups {
		faults = append(faults, cleanUp())
	}
	// The log has the fault as well: no report may be green when the exit status is not 0.
	fault := errors.Join(faults...)
	if fault != nil {
		s.Log.Write(record.Event{Kind: record.Noticed, Note: fmt.Sprintf("the run did not end as it should: %v", fault)})
		ended.RunInfo.Exit = record.ExitInconclusive
	}
	s.Log.Write(ended)
	return errors.Join(fault, s.Log.Close())
}

// secrets are the texts that the log replaces.
func secrets(p *plan.Plan) []string {
	var all []string
	for _, t := range p.Targets {
		all = append(all, t.Secrets...)
	}
	return all
}
