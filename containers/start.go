package containers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"

	"stalemate/containers/pod"
)

// State is what a server has come to: at the end of a start, or now.
type State struct {
	Server     string   // its name
	PID        int      // of the main process, in the server's PID namespace
	Alive      bool     // the main process runs
	ExitStatus int      // of a main process that does not run; 128 and the signal that killed it
	Answers    []Answer // of each listener, in the order of WithListener, and of the wait strategy where it gave up
	Logs       string   // what the server has logged since this start, at most its last MiB
}

// Answer is what a listener answered to one exchange: a connection, a handshake, or a request whose
// status is below 500.
type Answer struct {
	Listener string
	OK       bool
	Class    string // of a failure: refused, timeout, reset, eof, tls, http, other
	Detail   string // why it failed
}

// serves says whether the server does what it is there for.
func (s State) serves() bool {
	for _, a := range s.Answers {
		if !a.OK {
			return false
		}
	}
	return s.Alive
}

// trouble is one line on what is not served.
func (s State) trouble() string {
	var all []string
	if !s.Alive {
		all = append(all, fmt.Sprintf("its main process has ended with status %d", s.ExitStatus))
	}
	for _, a := range s.Answers {
		if !a.OK {
			all = append(all, fmt.Sprintf("%s: %s", a.Listener, a.Detail))
		}
	}
	return strings.Join(all, "; ")
}

// Start starts a server that does not run, with a PID that it has not had. It waits until the server
// serves, has ended, or has not become ready in time, and tells which. The error is about everything
// else: the server runs already, or the engine fails.
func (s *Server) Start(ctx context.Context) (State, error) { return s.StartWithPID(ctx, 0) }

// StartWithPID is Start with a chosen PID of the main process. Its error is ErrPID where the process
// cannot get that PID, after five attempts.
func (s *Server) StartWithPID(ctx context.Context, pid int) (State, error) {
	if err := s.makeWay(ctx); err != nil {
		return State{}, fmt.Errorf("start %s: %w", s.name, err)
	}
	if _, err := s.pod.Up(ctx, pod.UpOptions{PID: pid}); err != nil {
		if errors.Is(err, pod.ErrNotForced) || errors.Is(err, pod.ErrBeyond) || errors.Is(err, pod.ErrBudget) {
			err = fmt.Errorf("%w: %w", ErrPID, err)
		}
		return State{}, fmt.Errorf("start %s: %w", s.name, err)
	}
	gaveUp, err := s.awaitReady(ctx)
	if err != nil {
		return State{}, fmt.Errorf("start %s: %w", s.name, err)
	}
	state, err := s.State(ctx)
	if err == nil && gaveUp != nil && s.settings.ready != nil {
		state.Answers = append(state.Answers, Answer{Listener: "wait strategy", Class: "other", Detail: gaveUp.Error()})
	}
	return state, err
}

// makeWay ends what is left of a server whose main process has ended by itself.
func (s *Server) makeWay(ctx context.Context) error {
	if s.pod.Incarnation().Number == 0 {
		return nil
	}
	running, _, _, err := s.pod.State(ctx)
	switch {
	case err != nil:
		return err
	case running:
		return pod.ErrUp
	}
	return s.pod.Kill(ctx)
}

// ErrPID says that a server's main process cannot get the PID that was asked for.
var ErrPID = errors.New("the PID cannot be had")

// ErrDown says that the server does not run.
var ErrDown = errors.New("the server does not run")

// awaitReady waits for the wait strategy, or for the end of the server. gaveUp is why the strategy failed, which the
// server's state explains.
func (s *Server) awaitReady(ctx context.Context) (gaveUp, err error) {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := s.settings.ready
	if ready == nil {
		ready = s.everyListener()
	}
	waited := make(chan error, 1)
	go func() { waited <- ready.WaitUntilReady(within, waitTarget{s}) }()
	select {
	case gaveUp = <-waited:
	case err = <-s.pod.End(within):
		cancel()
		gaveUp = <-waited
	}
	if err == nil {
		err = ctx.Err()
	}
	return gaveUp, err
}

// State asks every listener once, and whether the main process lives.
func (s *Server) State(ctx context.Context) (State, error) {
	state := State{Server: s.name, PID: s.PID()}
	var err error
	if state.Answers, err = s.answers(ctx); err != nil {
		return state, fmt.Errorf("ask %s: %w", s.name, err)
	}
	if state.Alive, state.ExitStatus, err = s.alive(ctx); err != nil {
		return state, err
	}
	state.Logs, err = s.Logs(ctx)
	return state, err
}

// alive says whether the main process of the present start runs, and else its exit status.
func (s *Server) alive(ctx context.Context) (bool, int, error) {
	running, exit, _, err := s.pod.State(ctx)
	if err != nil || !running {
		return false, exit, err
	}
	now, err := s.pod.Main(ctx)
	switch was := s.pod.Incarnation(); {
	case errors.Is(err, pod.ErrGone):
		return false, exit, nil
	case err != nil:
		return false, exit, fmt.Errorf("look for the main process of %s: %w", s.name, err)
	default:
		return now.StartTime == was.StartTime && now.State != "Z", exit, nil
	}
}

// PID is the main process's, in the server's PID namespace; of the last start where the server does not run.
func (s *Server) PID() int { return s.pod.Incarnation().PID }

// Kill kills every process of the server at once: an unclean death.
func (s *Server) Kill(ctx context.Context) error {
	if err := s.unfollow(ctx, "the server was killed"); err != nil {
		return err
	}
	return s.pod.Kill(ctx)
}

// Stop ends the server with its image's stop signal and gives the main process's exit status. It is an
// error if that has not ended within the time given.
func (s *Server) Stop(ctx context.Context, within time.Duration) (status int, err error) {
	if err := s.unfollow(ctx, "the server was stopped"); err != nil {
		return -1, err
	}
	return s.pod.Stop(ctx, "", within)
}

// unfollow ends the following of holds before the server is ended. Of a server that has ended already the
// inspector tells.
func (s *Server) unfollow(ctx context.Context, why string) error {
	alive, _, err := s.alive(ctx)
	if alive {
		s.followed.ended(why)
	}
	return err
}

// Logs is what the server has logged since its last start, at most the last MiB.
func (s *Server) Logs(ctx context.Context) (string, error) { return s.pod.Logs(ctx) }

// Exec runs a command in the server's container and gives its exit status and the first MiB of its output.
func (s *Server) Exec(ctx context.Context, command ...string) (status int, output string, err error) {
	return s.pod.ExecTarget(ctx, command)
}

var _ wait.StrategyTarget = waitTarget{}
