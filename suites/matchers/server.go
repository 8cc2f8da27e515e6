package matchers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onsi/gomega/types"

	"stalemate/containers"
	"stalemate/containers/leftover"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// actsWithin bounds what a matcher has a server do: answer, or die and start again.
const actsWithin = 5 * time.Minute

// askedServer is a *containers.Server that a matcher asks.
type askedServer interface {
	fmt.Stringer
	State(ctx context.Context) (containers.State, error)
}

// restartedServer is a *containers.Server that a matcher starts again.
type restartedServer interface {
	fmt.Stringer
	PID() int
	Kill(ctx context.Context) error
	StartWithPID(ctx context.Context, pid int) (containers.State, error)
}

// leavingServer is a *containers.Server whose leftovers a matcher lists.
type leavingServer interface {
	fmt.Stringer
	Leftovers(ctx context.Context) ([]containers.Leftover, error)
}

// Serve matches a *containers.Server, or the containers.State of a start, of which every listener
// answers and the main process lives.
func Serve() types.GomegaMatcher {
	return onState("serve", record.Starts, nil, func(ctx context.Context, actual any) (containers.State, error) {
		server, is := actual.(askedServer)
		if !is {
			return containers.State{}, errKind
		}
		return server.State(ctx)
	})
}

// StartAgain matches a *containers.Server that serves after it was killed and started with the PID that
// it had. The matcher does both. It also matches the containers.State of a start that serves.
func StartAgain() types.GomegaMatcher {
	return onState("start again", record.Starts, nil, restart)
}

// RefuseToStart is StartAgain for a server that must serve nothing at all then. Its log must say the
// texts in their order.
func RefuseToStart(log ...string) types.GomegaMatcher {
	wanted := "refuse to start"
	if len(log) > 0 {
		wanted += fmt.Sprintf(", with %q in its log in this order", log)
	}
	return onState(wanted, record.Refuses, log, restart)
}

// Leave matches a *containers.Server that leaves something behind, or the result of its Leftovers. The
// pattern is that of containers.Server.RemoveLeftovers, such as "posix-shm ShM.*".
func Leave(pattern string) types.GomegaMatcher {
	return &matcher{wanted: fmt.Sprintf("leave %q behind", pattern), look: func(actual any) (finding, error) {
		f, list, err := leftBy(actual)
		if err = errors.Join(leftover.CheckPattern(pattern), err); err != nil {
			return f, err
		}
		var all []string
		for _, l := range list {
			f.as = f.as || leftover.Matches(pattern, l)
			all = append(all, l.Kind+" "+l.Name)
		}
		f.measured = "measured: it left " + strings.Join(all, ", ")
		if len(all) == 0 {
			f.measured = "measured: it left nothing"
		}
		return f, nil
	}}
}

func leftBy(actual any) (finding, []containers.Leftover, error) {
	switch of := actual.(type) {
	case []containers.Leftover:
		return finding{subject: "the server"}, of, nil
	case leavingServer:
		ctx, cancel := context.WithTimeout(context.Background(), actsWithin)
		defer cancel()
		list, err := of.Leftovers(ctx)
		return finding{subject: "the server " + of.String()}, list, err
	}
	return finding{subject: fmt.Sprintf("%T", actual)}, nil, errors.New("a *containers.Server is wanted, or its leftovers")
}

var errKind = errors.New("a *containers.Server is wanted, or the containers.State of a start")

// restart kills a server and starts it with the PID that it had.
func restart(ctx context.Context, actual any) (containers.State, error) {
	server, is := actual.(restartedServer)
	if !is {
		return containers.State{}, errKind
	}
	pid := server.PID()
	if pid == 0 {
		return containers.State{}, errors.New("it has not been started, so there is nothing to kill")
	}
	if err := server.Kill(ctx); err != nil {
		return containers.State{}, err
	}
	return server.StartWithPID(ctx, pid)
}

// onState is a matcher of what a server has come to.
func onState(wanted string, expect record.Verdict, log []string, come func(context.Context, any) (containers.State, error)) types.GomegaMatcher {
	return &matcher{wanted: wanted, look: func(actual any) (finding, error) {
		state, is := actual.(containers.State)
		if !is {
			ctx, cancel := context.WithTimeout(context.Background(), actsWithin)
			defer cancel()
			var err error
			if state, err = come(ctx, actual); err != nil {
				subject := fmt.Sprintf("%T", actual)
				if named, is := actual.(fmt.Stringer); is {
					subject = "the server " + named.String()
				}
				return finding{subject: subject}, err
			}
		}
		if state.Server == "" {
			return finding{subject: "a start"}, errors.New("its containers.State is empty: the start failed before the server ran")
		}
		return judgeStart(state, expect, log), nil
	}}
}

// judgeStart compares a start with what is expected of it.
func judgeStart(state containers.State, expect record.Verdict, log []string) finding {
	start := verdict.Start{What: fmt.Sprintf("with PID %d", state.PID), Expect: expect, Log: log, Said: state.Logs, Alive: state.Alive}
	if !state.Alive {
		start.Ended, start.Status = fmt.Sprintf("exit status %d", state.ExitStatus), &state.ExitStatus
	}
	for _, a := range state.Answers {
		start.Oracles = append(start.Oracles, verdict.Oracle{Name: a.Listener, OK: a.OK, Detail: a.Detail, Class: a.Class})
	}
	f := finding{subject: "the server " + state.Server, as: start.Seen() == expect && verdict.Missing(state.Logs, log) == ""}
	f.measured = fmt.Sprintf("measured with PID %d: %s (%s); expected %s", state.PID, start.Seen(), start.How(), expect)
	if missing := verdict.Missing(state.Logs, log); missing != "" {
		f.measured += fmt.Sprintf("; its log does not say %q where it should:\n%s", missing, tail(state.Logs))
	}
	return f
}

// shown is how much of a log a message shows, in bytes.
const shown = 4000

func tail(log string) string {
	if len(log) <= shown {
		return log
	}
	return "…" + log[len(log)-shown:]
}
