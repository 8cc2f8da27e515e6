// Package reaper makes sure that nothing outlives a run: a child process in a session of its own
// removes what bears the run's label when its parent is gone, however it went.
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
	"stalemate/containers/pid"
)

const (
	// startWithin bounds the start, a build of the command included.
	startWithin = 5 * time.Minute
	// stopWithin bounds the last sweep of a run that ends well.
	stopWithin = time.Minute
)

// word is one line from the parent to the reaper: exactly one of its parts is set.
type word struct {
	Child *child `json:"child,omitempty"` // a process group that must not outlive the parent
	Gone  int    `json:"gone,omitempty"`  // that group has ended
	Temp  string `json:"temp,omitempty"`  // a directory that must not outlive the parent
	Empty string `json:"empty,omitempty"` // that directory is removed
	Stop  bool   `json:"stop,omitempty"`  // the run ended well
}

// child is a process group's leader.
type child struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot, so that no stranger is taken for it
}

// Reaper is the parent's end of a running reaper. It is an engine.Guard.
type Reaper struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	ended chan error
	mu    sync.Mutex
}

// Start starts the reaper of a run. The command is this program, or one built from the
// source around the working directory where this program is a test.
func Start(run string) (*Reaper, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	path, err := binary.For(ctx, runtime.GOARCH, nil)
	if err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	cmd := exec.Command(path, "pod", "reap", "--run", run)
	cmd.Dir = "/"
	// A session of its own, so that neither a signal to the parent's group nor the end of its terminal reaches
	// it; and no output of the parent's, which somebody may be waiting to see closed.
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

// Child names a process group by its leader. Calling the result says that it is gone.
func (r *Reaper) Child(leader int) (gone func()) {
	stat, err := pid.Read(leader)
	if err != nil {
		return func() {} // it has ended already
	}
	r.tell(word{Child: &child{PID: leader, Start: stat.StartTime}})
	return func() { r.tell(word{Gone: leader}) }
}

// Temp names a directory of the run's. Calling the result says that it is removed.
func (r *Reaper) Temp(dir string) (gone func()) {
	r.tell(word{Temp: dir})
	return func() { r.tell(word{Empty: dir}) }
}

// Stop ends the reaper of a run that has ended well. What the run left all the same is removed before it returns.
func (r *Reaper) Stop() error {
	r.tell(word{Stop: true})
	if err := r.input.Close(); err != nil {
		return fmt.Errorf("stop the reaper: %w", err)
	}
	late := time.NewTimer(stopWithin)
	defer late.Stop()
	select {
	case err := <-r.ended:
		if err != nil {
			return fmt.Errorf("the reaper could not remove everything: %w", err)
		}
		return nil
	case <-late.C:
		return errors.Join(fmt.Errorf("the reaper is not done after %v", stopWithin), r.cmd.Process.Kill())
	}
}

// tell sends a word. A reaper that is gone cannot be told anything; Stop says so.
func (r *Reaper) tell(w word) {
	line, err := json.Marshal(w)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = r.input.Write(append(line, '\n'))
}
