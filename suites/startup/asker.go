package startup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"stalemate/attackers"
	"stalemate/containers/pod"
)

// exchange is one exec of the attacker's `pod ask`: it reads requests from in and hands each line of the answers on.
type exchange func(ctx context.Context, in io.Reader, line func([]byte) error) error

// asker puts questions to the server from the pod's attacker, all over one exec. After an error there is another
// exec: an answer that comes late belongs to no question any more.
type asker struct {
	begin func() *talk
	talk  *talk // nil: none is under way
}

// talk is one exec under way.
type talk struct {
	cancel context.CancelFunc
	in     *io.PipeWriter
	got    chan attackers.ProbeResult
	over   chan error
}

func newAsker(ctx context.Context, p *pod.Pod) *asker {
	return &asker{begin: func() *talk {
		return newTalk(ctx, func(ctx context.Context, in io.Reader, line func([]byte) error) error {
			_, err := p.Exec(ctx, pod.Attacker, []string{"pod", "ask"}, in, line)
			return err
		})
	}}
}

func newTalk(ctx context.Context, do exchange) *talk {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	t := &talk{cancel: cancel, in: writer, got: make(chan attackers.ProbeResult, 64), over: make(chan error, 1)}
	go func() {
		err := do(ctx, reader, func(line []byte) error {
			var result attackers.ProbeResult
			if err := json.Unmarshal(line, &result); err != nil {
				return fmt.Errorf("read the answer to a probe: %w", err)
			}
			select {
			case t.got <- result:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err == nil {
			err = io.EOF
		}
		reader.CloseWithError(err)
		t.over <- err
	}()
	return t
}

// ask puts one question and waits for its answer.
func (a *asker) ask(ctx context.Context, request attackers.ProbeRequest) (attackers.ProbeResult, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return attackers.ProbeResult{}, fmt.Errorf("write a probe: %w", err)
	}
	if a.talk == nil {
		a.talk = a.begin()
	}
	result, err := a.talk.ask(ctx, append(line, '\n'))
	if err != nil {
		a.close()
		return attackers.ProbeResult{}, fmt.Errorf("probe %s: %w", request.Address, err)
	}
	return result, nil
}

func (t *talk) ask(ctx context.Context, line []byte) (attackers.ProbeResult, error) {
	stop := context.AfterFunc(ctx, t.close) // nobody may be reading
	defer stop()
	if _, err := t.in.Write(line); err != nil {
		return attackers.ProbeResult{}, err
	}
	select {
	case result := <-t.got:
		return result, nil
	case err := <-t.over:
		return attackers.ProbeResult{}, fmt.Errorf("the attacker ended: %w", err)
	case <-ctx.Done():
		return attackers.ProbeResult{}, ctx.Err()
	}
}

// close ends the exec.
func (a *asker) close() {
	if a.talk != nil {
		a.talk.close()
		a.talk = nil
	}
}

func (t *talk) close() {
	_ = t.in.Close()
	t.cancel()
}
