package attackers

import (
	"fmt"
	"io"
	"sync"

	"stalemate/reports/record"
)

// eventWriter writes events as JSON lines. Its callers never wait, so that a slow reader of
// the log cannot delay a trickled byte or a time stamp.
type eventWriter struct {
	mu     sync.Mutex
	queue  []record.Event
	closed bool
	wake   chan struct{} // has one token if there is something to write
	done   chan struct{}
	err    error
}

func newEventWriter(w io.Writer) *eventWriter {
	o := &eventWriter{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go o.write(w)
	return o
}

// add queues one event.
func (o *eventWriter) add(e record.Event) {
	o.mu.Lock()
	o.queue = append(o.queue, e)
	o.mu.Unlock()
	o.nudge()
}

// close waits until everything is written and returns the first error.
func (o *eventWriter) close() error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.nudge()
	<-o.done
	return o.err
}

func (o *eventWriter) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *eventWriter) write(w io.Writer) {
	defer close(o.done)
	for range o.wake {
		o.mu.Lock()
		batch, closed := o.queue, o.closed
		o.queue = nil
		o.mu.Unlock()
		if o.err == nil {
			o.err = writeEvents(w, batch)
		}
		if closed {
			return
		}
	}
}

func writeEvents(w io.Writer, events []record.Event) error {
	var lines []byte
	for _, e := range events {
		line, err := e.Line()
		if err != nil {
			return fmt.Errorf("encode event %s of %s: %w", e.Kind, e.Hold, err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if len(lines) == 0 {
		return nil
	}
	if _, err := w.Write(lines); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}
