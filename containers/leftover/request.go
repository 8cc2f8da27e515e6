package leftover

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// Request is one line of what List, Plant and Remove read. Answers to a request
// end with an event of kind `observed` whose note begins with Done, so that a
// caller that keeps the process for several requests knows where one ends.
type Request struct {
	Stamp
	// Root is where the target's files are seen: /proc/PID/root of its main
	// process (needs SYS_PTRACE and the target's PID namespace), or "/" (also
	// when empty) for files of the container in which the request is served.
	Root string `json:"root,omitempty"`
	// Dirs are listed with everything below them, symbolic links not followed.
	// Names are those under Root. A directory that is not there is not an error.
	Dirs []string `json:"dirs,omitempty"`
	// IPC asks for the namespace's SysV objects and /dev/shm (List).
	IPC bool `json:"ipc,omitempty"`
	// Objects are what Plant and Remove work on.
	Objects []Object `json:"objects,omitempty"`
}

// Verb is what is done with the objects of a Request.
type Verb string

// The verbs.
const (
	ToList   Verb = "list"
	ToPlant  Verb = "plant"
	ToRemove Verb = "remove"
)

// Do carries one request out, inside the pod. What was seen, planted or removed is returned even where something failed.
func (r Request) Do(ctx context.Context, verb Verb) ([]record.Leftover, error) {
	switch verb {
	case ToList:
		return Look(r)
	case ToPlant:
		return plantAll(ctx, r)
	case ToRemove:
		return removeAll(r)
	}
	return nil, fmt.Errorf("leftovers cannot be asked to %q", verb)
}

// Done begins the note of the event that ends the answers to one request.
const Done = "done:"

// serve answers each request line until in ends or ctx is over. What one request
// could not do is written as its Done event and does not end the process; only a
// broken line or a broken output does.
func serve(ctx context.Context, in io.Reader, out io.Writer, verb Verb) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := ctx.Err(); err != nil {
			return err
		}
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("leftovers: read request: %w", err)
		}
		found, err := r.Do(ctx, verb)
		for _, l := range found {
			if err := write(out, r.Event(monotonic(), l)); err != nil {
				return err
			}
		}
		note := fmt.Sprintf("%s %d objects", Done, len(found))
		if err != nil {
			note += fmt.Sprintf("; failed: %v", err)
		}
		done := record.Event{Run: r.Run, T: monotonic(), Kind: record.Observed, Target: r.Target, Pod: r.Pod, Cell: r.Cell, Note: note}
		if err := write(out, done); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("leftovers: read request: %w", err)
	}
	return nil
}

func write(out io.Writer, e record.Event) error {
	line, err := e.Line()
	if err != nil {
		return fmt.Errorf("leftovers: write event: %w", err)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("leftovers: write event: %w", err)
	}
	return nil
}

// monotonic is CLOCK_MONOTONIC in nanoseconds. The call cannot fail for this clock.
func monotonic() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return t.Nano()
}
