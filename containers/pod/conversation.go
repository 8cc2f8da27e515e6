package pod

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"stalemate/containers/pid"
)

// keeper is the conversation with a running `pod keep`. It ends with the container, and the container with it.
type keeper struct {
	name    string
	conn    client.HijackedResponse
	answers *json.Decoder
	stderr  lockedBuffer
	demuxed *io.PipeReader
}

// startKeeper starts a container of ours that keeps, and waits for its first word, the cursor.
func (p *Pod) startKeeper(ctx context.Context, role Role) (*keeper, int, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	id := p.id(role)
	// Attached before the start, so that the first word is not missed.
	attached, err := p.engine.Client().ContainerAttach(ctx, id, client.ContainerAttachOptions{
		Stream: true, Stdin: true, Stdout: true, Stderr: true,
	})
	if err != nil {
		return nil, 0, fmt.Errorf("attach to the %s: %w", role, err)
	}
	k := &keeper{name: string(role), conn: attached.HijackedResponse}
	var out *io.PipeWriter
	k.demuxed, out = io.Pipe()
	k.answers = json.NewDecoder(k.demuxed)
	go func() {
		_, err := stdcopy.StdCopy(out, &k.stderr, attached.Reader)
		out.CloseWithError(errors.Join(io.EOF, err))
	}()
	if err := p.startContainer(ctx, id, string(role)); err != nil {
		k.close()
		return nil, 0, err
	}
	hello, err := k.next(ctx)
	if err != nil {
		k.close()
		return nil, 0, err
	}
	if role == Holder && hello.Max > 0 {
		p.mu.Lock()
		p.pidMax = hello.Max
		p.mu.Unlock()
	}
	return k, hello.Cursor, nil
}

// ask sends one request.
func (k *keeper) ask(ctx context.Context, request pid.Ask) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := k.conn.Conn.SetWriteDeadline(deadline); err != nil {
			return fmt.Errorf("ask the %s: %w", k.name, err)
		}
	}
	if _, err := k.conn.Conn.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ask the %s: %w", k.name, err)
	}
	return nil
}

// next is the next answer. When ctx ends the conversation does, and the container with it.
func (k *keeper) next(ctx context.Context) (pid.Answer, error) {
	stop := context.AfterFunc(ctx, k.close)
	defer stop()
	var answer pid.Answer
	if err := k.answers.Decode(&answer); err != nil {
		return answer, fmt.Errorf("the %s does not answer: %w %s", k.name, errors.Join(ctx.Err(), err), k.stderr.String())
	}
	if answer.Gone {
		return answer, fmt.Errorf("the %s: %w: %s", k.name, ErrGone, answer.Error)
	}
	if answer.Error != "" {
		return answer, fmt.Errorf("the %s: %s", k.name, answer.Error)
	}
	return answer, nil
}

// say is ask and next.
func (k *keeper) say(ctx context.Context, request pid.Ask) (pid.Answer, error) {
	if err := k.ask(ctx, request); err != nil {
		return pid.Answer{}, err
	}
	return k.next(ctx)
}

func (k *keeper) close() {
	if k == nil {
		return
	}
	k.conn.Close()
	_ = k.demuxed.Close()
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
