package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"stalemate/containers/pod"
	"stalemate/reports/record"
)

// talk is a conversation with a command in one of the pod's containers: lines of
// JSON in, events out. It lasts until end is called or the command ends.
type talk struct {
	in   *io.PipeWriter
	over chan error
}

// say starts the command in the role's container. Each event goes to hear.
func say(ctx context.Context, p *pod.Pod, role pod.Role, command string, hear func(record.Event)) *talk {
	reader, writer := io.Pipe()
	t := &talk{in: writer, over: make(chan error, 1)}
	go func() {
		exit, err := p.Exec(ctx, role, []string{"pod", command}, reader, func(line []byte) error {
			var e record.Event
			if err := json.Unmarshal(line, &e); err != nil {
				return fmt.Errorf("read an event of the %s: %w: %.200s", role, err, line)
			}
			hear(e)
			return nil
		})
		if err == nil && exit != 0 {
			err = fmt.Errorf("the %s ended with status %d", role, exit)
		}
		if err == nil {
			err = io.EOF
		}
		reader.CloseWithError(err)
		t.over <- err
	}()
	return t
}

// send writes one line. It fails when the command is gone.
func (t *talk) send(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write a line for a pod: %w", err)
	}
	_, err = t.in.Write(append(line, '\n'))
	return err
}

// end closes the command's standard input, upon which it ends.
func (t *talk) end() { t.in.Close() }
