package pod

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"stalemate/reports/record/wire"
)

var errEarly = errors.New("it ended by itself with exit status 0")

// Conversation is a running command that reads lines of JSON and writes answers. It ends with End, with its context, or when
// the command ends.
type Conversation struct {
	in    *lineQueue
	ended atomic.Bool // End was called
	done  chan struct{}
	err   error // may be read when done is closed
}

// Talk starts a command in a container of a pod, and calls hear with each answer, one after the other, also after End. It reads
// nothing until hear returns. hear may call Send.
func Talk[Answer any](ctx context.Context, in Runner, role Role, command wire.Command, hear func(Answer)) *Conversation {
	return converse(ctx, describe(role, command), execTransport(in, role, command), func(answer Answer) error {
		hear(answer)
		return nil
	})
}

// converse starts a conversation with a process. Errors contain name.
func converse[Answer any](ctx context.Context, name string, process transport, hear func(Answer) error) *Conversation {
	c := &Conversation{in: newLineQueue(), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		err := readAnswers(ctx, process, c.in, hear)
		if err == nil && !c.ended.Load() {
			err = errEarly
		}
		if err != nil {
			c.err = fmt.Errorf("%s: %w", name, err)
		}
		c.in.abandon(cmp.Or(c.err, io.ErrClosedPipe))
	}()
	return c
}

// Send queues a value as a line of JSON for the command. It does not wait until the command reads the line, so hear may call
// it. It fails if the command has ended.
func (c *Conversation) Send(value any) error {
	line, err := jsonLine(value)
	if err != nil {
		return err
	}
	return c.in.add(line)
}

// End closes the command's input after everything that Send has queued. Then the command ends.
func (c *Conversation) End() {
	c.ended.Store(true)
	c.in.end()
}

// Done is closed when the command has ended and hear has had every answer.
func (c *Conversation) Done() <-chan struct{} { return c.done }

// Err is why the command ended. It is nil while the command runs, and if it ended because of End.
func (c *Conversation) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}
