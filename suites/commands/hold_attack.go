package commands

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"stalemate/attackers"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// holdSpacing is the time between the starts of two connections. A burst would measure the server's listen queue.
const holdSpacing = time.Millisecond

// plan is what the attacker does to a server that the guard admitted.
func (f *holdFlags) plan(admitted string) wire.Plan {
	p := wire.Plan{Run: "hold", Target: admitted, Pod: "hold"}
	cell := f.stage + "/" + f.mode
	const parts = 10
	for i := range f.count {
		h := wire.Hold{
			ID: fmt.Sprintf("%s#%d", cell, i+1), Cell: cell, Address: admitted,
			Stage: f.stage, Mode: record.Mode(f.mode), Request: f.request,
			StartAfter: time.Duration(i) * holdSpacing, Watch: f.watch,
			Interval: f.interval, Phase: f.interval / parts * time.Duration(1+i%(parts-1)),
		}
		if f.tls {
			speak := f.speak
			h.TLS = &speak
		}
		p.Holds = append(p.Holds, h)
	}
	return p
}

// attack carries out the plan and counts, until every hold is over or ctx is done.
func (f *holdFlags) attack(ctx context.Context, admitted string, progress io.Writer) (*tally, error) {
	text, err := json.Marshal(f.plan(admitted))
	if err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	more, end := io.Pipe() // the attack ends when its input does
	events, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := attackers.Attack(context.WithoutCancel(ctx), io.MultiReader(bytes.NewReader(text), more), out)
		ended <- errors.Join(err, out.Close())
	}()
	heard := make(chan record.Event)
	broken := make(chan error, 1)
	go func() {
		defer close(heard)
		err := readEvents(events, heard)
		events.CloseWithError(err) // fails the attacker's next write
		broken <- err
	}()
	counted, tallyErr := f.listen(ctx, heard, progress)
	closeErr := end.Close()
	for range heard {
		// these events are about connections that stalemate closes itself
	}
	return counted, errors.Join(tallyErr, closeErr, <-ended, <-broken)
}

// longestEvent is the longest line of the attacker, in bytes. The server writes some of its texts, and the attacker shortens them.
const longestEvent = 1 << 20

// readEvents reads the attacker's lines until it ends.
func readEvents(from io.Reader, heard chan<- record.Event) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longestEvent)
	for lines.Scan() {
		var e record.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("read an event: %w", err)
		}
		heard <- e
	}
	return lines.Err()
}

// listen counts until every hold is over, the attacker ends, or ctx is done. Meanwhile it prints the progress.
func (f *holdFlags) listen(ctx context.Context, heard <-chan record.Event, progress io.Writer) (*tally, error) {
	counted := newTally(f.count)
	begin := time.Now()
	status := newStatusLine(progress)
	defer status.clear()
	ticker := time.NewTicker(status.every)
	defer ticker.Stop()
	for !counted.finished() {
		select {
		case e, more := <-heard:
			if !more {
				return counted, nil
			}
			if err := counted.take(e); err != nil {
				return counted, fmt.Errorf("count the holds: %w", err)
			}
		case <-ticker.C:
			status.say(counted.line(time.Since(begin)))
		case <-ctx.Done():
			return counted, nil
		}
	}
	return counted, nil
}

// statusLine rewrites one line on a terminal. Elsewhere it prints a line from time to time.
type statusLine struct {
	out      io.Writer
	terminal bool
	every    time.Duration
}

func newStatusLine(out io.Writer) *statusLine {
	if file, ok := out.(*os.File); ok && isTerminal(file) {
		return &statusLine{out: out, terminal: true, every: time.Second}
	}
	return &statusLine{out: out, every: 10 * time.Second}
}

func (s *statusLine) say(text string) {
	if s.terminal {
		fmt.Fprintf(s.out, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(s.out, text)
}

func (s *statusLine) clear() {
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}
