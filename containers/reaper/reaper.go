// Package reaper removes everything that a run made, even after `kill -9`: a child process that waits for the run's end.
//
// The run tells the reaper over a pipe what the engine does not know: process groups and temporary directories. All else
// has the run's label in the engine. The pipe ends when the run does, in whatever way. Then the reaper cleans up:
//
//	run      starts the reaper -> containers, builds, ... -> ends cleanly, or is killed
//	pipe     {"child": ...} {"temp": ...} {"gone": ...}      {"stop": true}, or only the end of the pipe
//	reaper   reads ...                                       ends process groups, removes directories, sweeps the engine
package reaper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"stalemate/containers/binary"
	"stalemate/containers/engine"
	"stalemate/containers/proc"
)

const (
	// startWithin bounds the start. A test builds the command first.
	startWithin = 5 * time.Minute
	// stopWithin is how long Stop waits for the reaper, which goes on after that.
	stopWithin = time.Minute
	// Patience is how long a reaper tries: an engine that is down or frozen is restarted by somebody.
	Patience = 15 * time.Minute
)

// ErrGoesOn means that the run ended before its reaper did. The reaper removes the rest, if the engine answers.
var ErrGoesOn = errors.New("the reaper still removes what the run made")

// message is one JSON line from the run to the reaper. Exactly one of its fields is set.
type message struct {
	Child *processGroup `json:"child,omitempty"` // this process group must not outlive the run
	Gone  int           `json:"gone,omitempty"`  // the process group with this leader has ended
	Temp  string        `json:"temp,omitempty"`  // this directory must not outlive the run
	Empty string        `json:"empty,omitempty"` // this directory is removed
	Stop  bool          `json:"stop,omitempty"`  // the run ends cleanly
}

// processGroup is a process group, by its leader.
type processGroup struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot: another process with this PID has another
}

// Reaper is the run's end of the pipe. It is an engine.Guard.
type Reaper struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	ended chan error
	mu    sync.Mutex
}

// Start starts the reaper of a run on the engine. The reaper is `stalemate pod reap`: this program, or in a test one that the Go command
// builds from the source around the working directory.
func Start(run string, e *engine.Engine) (*Reaper, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	path, err := binary.Stalemate(ctx, runtime.GOARCH, nil)
	if err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	cmd := exec.Command(path, "pod", "reap", "--run", run, "--engine", e.Host())
	cmd.Dir = "/"
	// A new session: neither a signal to the run's process group nor the end of its terminal reaches the reaper. It does not
	// inherit the run's output either, since whoever reads that waits until all copies are closed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	r := &Reaper{cmd: cmd, input: input, ended: make(chan error, 1)}
	go func() { r.ended <- cmd.Wait() }()
	return r, nil
}

// Child names a process group by its leader. Call the result when the group has ended.
func (r *Reaper) Child(leader int) (gone func()) {
	stat, err := proc.ReadStat(proc.Root, leader, leader)
	if err != nil {
		return func() {} // the process has ended
	}
	r.send(message{Child: &processGroup{PID: leader, Start: stat.StartTime}})
	return func() { r.send(message{Gone: leader}) }
}

// Temp names a temporary directory. Call the result when the directory is removed.
func (r *Reaper) Temp(dir string) (gone func()) {
	r.send(message{Temp: dir})
	return func() { r.send(message{Empty: dir}) }
}

// Stop tells the reaper that the run ends cleanly, and waits until it has removed what is left. A reaper that takes longer than
// stopWithin goes on.
func (r *Reaper) Stop() error {
	r.send(message{Stop: true})
	if err := r.input.Close(); err != nil {
		return fmt.Errorf("stop the reaper: %w", err)
	}
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case err := <-r.ended:
		if err != nil {
			return fmt.Errorf("stop the reaper: it could not remove everything: %w", err)
		}
		return nil
	case <-late.C:
		return r.Leaving()
	}
}

// Leaving is the error of a run that does not wait for its reaper: ErrGoesOn, and which process it is.
func (r *Reaper) Leaving() error {
	return fmt.Errorf("%w, for at most %v (PID %d)", ErrGoesOn, Patience, r.cmd.Process.Pid)
}

// send writes one message. A failure means that the reaper has ended; Stop returns why.
func (r *Reaper) send(m message) {
	line, err := json.Marshal(m)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = r.input.Write(append(line, '\n'))
}
