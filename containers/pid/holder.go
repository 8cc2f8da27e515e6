//go:build linux

package pid

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"stalemate/containers/proc"
)

// Request is one line to the holder of a PID namespace. Exactly one of its fields is set.
type Request struct {
	Advance *AdvanceRequest `json:"burn,omitempty"`
	Watch   *WatchRequest   `json:"watch,omitempty"`
	Stat    int             `json:"stat,omitempty"` // a PID
	Kill    int             `json:"kill,omitempty"` // a PID; only the inspector does it
}

// AdvanceRequest asks for Advance.
type AdvanceRequest struct {
	To    int `json:"to"`
	Bound int `json:"bound"`
}

// WatchRequest asks for WaitForMain. The holder answers twice: with the last PID when it begins to watch, and with the
// process that it saw.
type WatchRequest struct {
	After  int   `json:"after"` // a PID; 0: the last PID
	Within int64 `json:"within_ms"`
}

// Answer is one line from the holder.
type Answer struct {
	Cursor int        `json:"cursor,omitempty"` // the last PID of the namespace
	Max    int        `json:"max,omitempty"`    // pid_max of the namespace, in the first answer only
	Burned int        `json:"burned,omitempty"` // PIDs that Advance took
	Stat   *proc.Stat `json:"stat,omitempty"`
	Gone   bool       `json:"gone,omitempty"` // there is no such process
	Error  string     `json:"error,omitempty"`
}

// ServeHolder is the main process of the PID holder's container. It first writes the last PID and pid_max. Then it
// answers one request a line, until in ends.
func ServeHolder(ctx context.Context, in io.Reader, out io.Writer) error {
	if os.Getpid() == 1 {
		defer reapOrphans()()
	}
	answers := json.NewEncoder(out)
	at, err := LastPID()
	if err != nil {
		return err
	}
	most, err := number(pidMaxFile)
	if err != nil {
		return fmt.Errorf("read pid_max of the namespace: %w", err)
	}
	if err := answers.Encode(Answer{Cursor: at, Max: most}); err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var ask Request
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			return fmt.Errorf("read a request: not JSON: %w", err)
		}
		if err := answer(ctx, ask, answers); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read a request: %w", err)
	}
	return nil
}

// reapOrphans waits for orphaned processes of the namespace, as an init does. A zombie would keep its PID busy.
func reapOrphans() (stop func()) {
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	go func() {
		for range died {
			for {
				reaped, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
				if reaped <= 0 && !errors.Is(err, syscall.EINTR) {
					break
				}
			}
		}
	}()
	return func() {
		signal.Stop(died)
		close(died)
	}
}

// AnswerStat describes process n of the caller's PID namespace. The caller puts the error into Answer.Error. It starts no
// thread.
func AnswerStat(n int) (Answer, error) {
	stat, err := rawRead(n, make([]byte, statLine))
	if err == nil {
		return Answer{Stat: &stat}, nil
	}
	// ESRCH: the process ended between open and read.
	gone := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
	return Answer{Gone: gone}, fmt.Errorf("read the state of process %d: %w", n, err)
}

func answer(ctx context.Context, ask Request, answers *json.Encoder) error {
	var reply Answer
	var err error
	switch {
	case ask.Advance != nil:
		reply.Burned, err = Advance(ctx, ask.Advance.To, ask.Advance.Bound)
	case ask.Watch != nil:
		if reply.Cursor, err = LastPID(); err != nil {
			break
		}
		if err := answers.Encode(reply); err != nil {
			return err
		}
		after := ask.Watch.After
		if after == 0 {
			after = reply.Cursor
		}
		var stat proc.Stat
		if stat, err = WaitForMain(after, time.Duration(ask.Watch.Within)*time.Millisecond); err == nil {
			reply.Stat = &stat
		}
	case ask.Stat > 0:
		reply, err = AnswerStat(ask.Stat)
	default:
		err = errors.New("an empty request")
	}
	at, cursorErr := LastPID()
	if reply.Cursor = at; err == nil {
		err = cursorErr
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return answers.Encode(reply)
}
