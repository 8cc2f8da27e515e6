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
)

// Ask is one request to a keeper: exactly one of its parts is set.
type Ask struct {
	Burn  *AskBurn  `json:"burn,omitempty"`
	Watch *AskWatch `json:"watch,omitempty"`
	Stat  int       `json:"stat,omitempty"` // a PID
}

// AskBurn is Burn as a request.
type AskBurn struct {
	To    int `json:"to"`
	Bound int `json:"bound"`
}

// AskWatch is Arrival as a request. It is answered twice: with the cursor as soon as the keeper looks, and
// with the arrival.
type AskWatch struct {
	After  int   `json:"after"` // a PID; 0: where the cursor stands
	Within int64 `json:"within_ms"`
}

// Answer is what a keeper says to a request.
type Answer struct {
	Cursor int    `json:"cursor,omitempty"`
	Max    int    `json:"max,omitempty"` // of the first answer: pid_max of the namespace; every PID is below it
	Burned int    `json:"burned,omitempty"`
	Stat   *Stat  `json:"stat,omitempty"`
	Gone   bool   `json:"gone,omitempty"` // the process that was asked for is not there
	Error  string `json:"error,omitempty"`
}

// Keep is the main process of a container that holds a PID namespace or looks into
// one: it first says where the cursor stands, then answers one request a line, until
// its input ends.
func Keep(ctx context.Context, in io.Reader, out io.Writer) error {
	if os.Getpid() == 1 {
		defer adopt()()
	}
	answers := json.NewEncoder(out)
	at, err := Cursor()
	if err != nil {
		return err
	}
	most, err := number(maxFile)
	if err != nil {
		return fmt.Errorf("read the bound of PIDs: %w", err)
	}
	if err := answers.Encode(Answer{Cursor: at, Max: most}); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var ask Ask
		if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
			return fmt.Errorf("a request that is not JSON: %w", err)
		}
		if err := answer(ctx, ask, answers); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	return lines.Err()
}

// adopt reaps the orphans of a PID namespace whose first process we are, as an init does: a zombie would
// keep its number.
func adopt() (stop func()) {
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

// Tell is the answer to the question for the process n of the caller's PID namespace; its Error is left to the caller.
// Like Arrival it starts no thread.
func Tell(n int) (Answer, error) {
	stat, err := rawRead(n, make([]byte, statLine))
	if err == nil {
		return Answer{Stat: &stat}, nil
	}
	// ESRCH: it went between the opening of its file and the reading.
	gone := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
	return Answer{Gone: gone}, fmt.Errorf("read the state of process %d: %w", n, err)
}

func answer(ctx context.Context, ask Ask, answers *json.Encoder) error {
	var reply Answer
	var err error
	switch {
	case ask.Burn != nil:
		reply.Burned, err = Burn(ctx, ask.Burn.To, ask.Burn.Bound)
	case ask.Watch != nil:
		if reply.Cursor, err = Cursor(); err != nil {
			break
		}
		if err := answers.Encode(reply); err != nil {
			return err
		}
		after := ask.Watch.After
		if after == 0 {
			after = reply.Cursor
		}
		var stat Stat
		if stat, err = Arrival(after, time.Duration(ask.Watch.Within)*time.Millisecond); err == nil {
			reply.Stat = &stat
		}
	case ask.Stat > 0:
		reply, err = Tell(ask.Stat)
	default:
		err = errors.New("an empty request")
	}
	at, cursorErr := Cursor()
	if reply.Cursor = at; err == nil {
		err = cursorErr
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return answers.Encode(reply)
}
