// A conversation uses moby's raw client: testcontainers-go (v0.45) cannot attach to a container's input. The pod attaches
// before the start, so that it does not miss the first line.

package pod

import (
	"context"
	"fmt"
	"io"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"stalemate/containers/query"
)

// conversation is a dialogue with the main process of the holder, the inspector or the witness. It ends with the container, and
// the container ends with it. An exec for each question would take PIDs of the target's namespace, and 0.09 s. Most questions
// take milliseconds.
//
// It differs from a Requester's dialogue in three ways. The process sends the first line. A question may have two answers. An
// answer may be an error that does not end the dialogue.
type conversation struct {
	*dialogue[query.Answer]
	role   Role
	stderr *stderrBuffer
}

// converse starts the container of a role, and waits for the line that it sends first.
func (p *Pod) converse(ctx context.Context, role Role) (*conversation, query.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	attached, err := p.engine.Client().ContainerAttach(ctx, p.id(role), client.ContainerAttachOptions{
		Stream: true, Stdin: true, Stdout: true, Stderr: true,
	})
	if err != nil {
		return nil, query.Answer{}, fmt.Errorf("attach to the %s: %w", role, err)
	}
	c := newConversation(context.WithoutCancel(ctx), role, func(stderr io.Writer) transport { return attachment(attached.HijackedResponse, stderr) })
	if err := p.startRole(ctx, role); err != nil {
		c.close()
		return nil, query.Answer{}, err
	}
	hello, err := c.next(ctx)
	if err != nil {
		c.close()
		return nil, query.Answer{}, err
	}
	return c, hello, nil
}

func newConversation(ctx context.Context, role Role, process func(stderr io.Writer) transport) *conversation {
	c := &conversation{role: role, stderr: &stderrBuffer{}}
	c.dialogue = newDialogue[query.Answer](ctx, "the "+string(role), process(c.stderr))
	return c
}

// attachment is the transport to a container's main process.
func attachment(attached client.HijackedResponse, stderr io.Writer) transport {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		defer attached.Close()
		stop := context.AfterFunc(ctx, attached.Close)
		defer stop()
		go func() {
			// This fails if the process ends before its input. The end of the output tells that, too.
			_, _ = io.Copy(attached.Conn, in)
			_ = attached.CloseWrite()
		}()
		if _, err := stdcopy.StdCopy(out, stderr, attached.Reader); err != nil {
			return fmt.Errorf("read the output: %w", err)
		}
		return nil
	}
}

// ask sends one question. The caller must have the turn. If ctx ends, the conversation and its container end.
func (c *conversation) ask(ctx context.Context, request query.Request) error {
	if err := c.dialogue.ask(ctx, request); err != nil {
		return fmt.Errorf("ask the %s: %w %s", c.role, err, c.stderr.String())
	}
	return nil
}

// next waits for the next answer. The caller must have the turn. If ctx ends, the conversation and its container end.
func (c *conversation) next(ctx context.Context) (query.Answer, error) {
	answer, err := c.dialogue.next(ctx)
	switch {
	case err != nil:
		return answer, fmt.Errorf("the %s does not answer: %w %s", c.role, err, c.stderr.String())
	case answer.Gone:
		return answer, fmt.Errorf("the %s: %w: %s", c.role, ErrGone, answer.Error)
	case answer.Error != "":
		return answer, fmt.Errorf("the %s: %s", c.role, answer.Error)
	}
	return answer, nil
}

// request waits for its turn, sends one question and waits for the answer.
func (c *conversation) request(ctx context.Context, request query.Request) (query.Answer, error) {
	give, err := c.take(ctx)
	if err != nil {
		return query.Answer{}, fmt.Errorf("ask the %s: %w", c.role, err)
	}
	defer give()
	if err := c.ask(ctx, request); err != nil {
		return query.Answer{}, err
	}
	return c.next(ctx)
}

// close ends the conversation and its container. c may be nil.
func (c *conversation) close() {
	if c != nil {
		c.dialogue.close()
	}
}
