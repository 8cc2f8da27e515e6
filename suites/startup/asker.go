package startup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"stalemate/attackers"
	"stalemate/containers/pod"
)

// asker puts questions to the server from the pod's attacker, all over one exec.
type asker struct {
	pod    *pod.Pod
	cancel context.CancelFunc
	in     *io.PipeWriter
	got    chan attackers.ProbeResult
	over   chan error
}

func newAsker(ctx context.Context, p *pod.Pod) *asker {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	a := &asker{pod: p, cancel: cancel, in: writer, got: make(chan attackers.ProbeResult, 64), over: make(chan error, 1)}
	go func() {
		_, err := p.Exec(ctx, pod.Attacker, []string{"pod", "ask"}, reader, func(line []byte) error {
			var result attackers.ProbeResult
			if err := json.Unmarshal(line, &result); err != nil {
				return fmt.Errorf("read the answer to a probe: %w", err)
			}
			select {
			case a.got <- result:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err == nil {
			err = io.EOF
		}
		reader.CloseWithError(err)
		a.over <- err
	}()
	return a
}

// ask puts one question and waits for its answer.
func (a *asker) ask(ctx context.Context, request attackers.ProbeRequest) (attackers.ProbeResult, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return attackers.ProbeResult{}, fmt.Errorf("write a probe: %w", err)
	}
	if _, err := a.in.Write(append(line, '\n')); err != nil {
		return attackers.ProbeResult{}, fmt.Errorf("probe %s: %w", request.Address, err)
	}
	select {
	case result := <-a.got:
		return result, nil
	case err := <-a.over:
		return attackers.ProbeResult{}, fmt.Errorf("probe %s: the attacker ended: %w", request.Address, err)
	case <-ctx.Done():
		return attackers.ProbeResult{}, fmt.Errorf("probe %s: %w", request.Address, ctx.Err())
	}
}

// close ends the exec.
func (a *asker) close() {
	_ = a.in.Close()
	a.cancel()
}
