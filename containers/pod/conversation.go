package pod

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"stalemate/containers/keeper"
)

// conversation is that with a running container of ours over its input. It ends with the container, and the container with it.
type conversation struct {
	role    Role
	conn    io.WriteCloser
	answers *json.Decoder
	stderr  lockedBuffer
	demuxed io.Closer
	turn    chan struct{} // holds one, which who asks has until the answer is there
	over    atomic.Bool
}

func newConversation(role Role, conn io.WriteCloser, answers io.ReadCloser) *conversation {
	c := &conversation{role: role, conn: conn, answers: json.NewDecoder(answers), demuxed: answers, turn: make(chan struct{}, 1)}
	c.turn <- struct{}{}
	return c
}

// converse starts a container of ours that answers, and waits for its first word.
func (p *Pod) converse(ctx context.Context, role Role) (*conversation, keeper.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	id := p.id(role)
	// Attached before the start, so that the first word is not missed.
	attached, err := p.engine.Client().ContainerAttach(ctx, id, client.ContainerAttachOptions{
		Stream: true, Stdin: true, Stdout: true, Stderr: true,
	})
	if err != nil {
		return nil, keeper.Answer{}, fmt.Errorf("attach to the %s: %w", role, err)
	}
	demuxed, out := io.Pipe()
	c := newConversation(role, attached.Conn, demuxed)
	go func() {
		_, err := stdcopy.StdCopy(out, &c.stderr, attached.Reader)
		out.CloseWithError(errors.Join(io.EOF, err))
	}()
	if err := p.begin(ctx, role); err != nil {
		c.close()
		return nil, keeper.Answer{}, err
	}
	hello, err := c.next(ctx)
	if err != nil {
		c.close()
		return nil, keeper.Answer{}, err
	}
	return c, hello, nil
}

// begin waits for its turn. Who has it asks, and ends it when all that is to be answered was.
func (c *conversation) begin(ctx context.Context) (end func(), err error) {
	select {
	case <-c.turn:
		return func() { c.turn <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("ask the %s: %w", c.role, ctx.Err())
	}
}

// ask sends one request. It is for who has the turn. When ctx ends the conversation does, and the container with it.
func (c *conversation) ask(ctx context.Context, request keeper.Ask) error {
	line, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("ask the %s: %w", c.role, err)
	}
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		c.close()
		return fmt.Errorf("ask the %s: %w %s", c.role, errors.Join(ctx.Err(), err), c.stderr.String())
	}
	return nil
}

// next is the next answer, for who has the turn. When ctx ends the conversation does, and the container with it.
func (c *conversation) next(ctx context.Context) (keeper.Answer, error) {
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	var answer keeper.Answer
	if err := c.answers.Decode(&answer); err != nil {
		c.close()
		return answer, fmt.Errorf("the %s does not answer: %w %s", c.role, errors.Join(ctx.Err(), err), c.stderr.String())
	}
	if answer.Gone {
		return answer, fmt.Errorf("the %s: %w: %s", c.role, ErrGone, answer.Error)
	}
	if answer.Error != "" {
		return answer, fmt.Errorf("the %s: %s", c.role, answer.Error)
	}
	return answer, nil
}

// say is one request and its answer, in a turn of its own.
func (c *conversation) say(ctx context.Context, request keeper.Ask) (keeper.Answer, error) {
	end, err := c.begin(ctx)
	if err != nil {
		return keeper.Answer{}, err
	}
	defer end()
	if err := c.ask(ctx, request); err != nil {
		return keeper.Answer{}, err
	}
	return c.next(ctx)
}

func (c *conversation) close() {
	if c == nil {
		return
	}
	c.over.Store(true)
	_ = c.conn.Close()
	_ = c.demuxed.Close()
}

// lockedBuffer keeps the first 4 KiB of what is written to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := 4096 - l.b.Len(); room > 0 {
		l.b.Write(data[:min(room, len(data))])
	}
	return len(data), nil
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
