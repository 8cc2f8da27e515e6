package pod

import (
	"cmp"
	"context"
	"errors"
	"io"

	"stalemate/reports/record/wire"
)

// Requester sends one question after the other to one running command. After an error the next question starts the command
// again, so that a late answer is not taken for the answer to another question.
type Requester[Answer any] struct {
	begin func() *dialogue[Answer]
	now   *dialogue[Answer] // nil: the command does not run
}

// NewRequester starts nothing: the first question starts the command. It ends with ctx at the latest.
func NewRequester[Answer any](ctx context.Context, in Runner, role Role, command wire.Command) *Requester[Answer] {
	return &Requester[Answer]{begin: func() *dialogue[Answer] {
		return newDialogue[Answer](ctx, describe(role, command), execTransport(in, role, command))
	}}
}

// Ask sends one question, and waits for its answer. Call it from one goroutine at a time.
func (r *Requester[Answer]) Ask(ctx context.Context, question any) (Answer, error) {
	if r.now == nil {
		r.now = r.begin()
	}
	answer, err := r.now.request(ctx, question)
	if err != nil {
		r.Close()
	}
	return answer, err
}

// Close ends the command.
func (r *Requester[Answer]) Close() {
	if r.now != nil {
		r.now.close()
		r.now = nil
	}
}

// dialogue is a conversation in which each question waits for its answers before the next one is sent.
type dialogue[Answer any] struct {
	*Conversation
	answers chan Answer
	turn    chan struct{} // has one token: the caller holds it from its question to the last answer
	cancel  context.CancelFunc
}

func newDialogue[Answer any](ctx context.Context, name string, process transport) *dialogue[Answer] {
	ctx, cancel := context.WithCancel(ctx)
	d := &dialogue[Answer]{answers: make(chan Answer), turn: make(chan struct{}, 1), cancel: cancel}
	d.turn <- struct{}{}
	d.Conversation = converse(ctx, name, process, func(answer Answer) error {
		select {
		case d.answers <- answer:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return d
}

// take waits for the turn to ask. Call give after the last answer.
func (d *dialogue[Answer]) take(ctx context.Context) (give func(), err error) {
	select {
	case <-d.turn:
		return func() { d.turn <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// errUnasked means that an extra answer could be taken for the answer to the next question.
var errUnasked = errors.New("it answered without being asked")

// ask sends one question. The caller must have the turn.
func (d *dialogue[Answer]) ask(ctx context.Context, question any) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case <-d.answers:
		d.close()
		return errUnasked
	default:
	}
	if err := d.Send(question); err != nil {
		d.close()
		return cmp.Or(ctx.Err(), err)
	}
	return nil
}

// next waits for the next answer. The caller must have the turn. If ctx ends, the conversation ends.
func (d *dialogue[Answer]) next(ctx context.Context) (Answer, error) {
	var none Answer
	select {
	case answer := <-d.answers:
		return answer, nil
	case <-d.Done():
		d.close()
		return none, cmp.Or(ctx.Err(), d.Err(), io.EOF) // EOF: close was called
	case <-ctx.Done():
		d.close()
		return none, ctx.Err()
	}
}

// request waits for its turn, sends one question and waits for the answer.
func (d *dialogue[Answer]) request(ctx context.Context, question any) (Answer, error) {
	var none Answer
	give, err := d.take(ctx)
	if err != nil {
		return none, err
	}
	defer give()
	if err := d.ask(ctx, question); err != nil {
		return none, err
	}
	return d.next(ctx)
}

// close ends the conversation and its process.
func (d *dialogue[Answer]) close() {
	d.End()
	d.cancel()
}

// closed says whether close was called. It does not notice a process that ended by itself; the next question does.
func (d *dialogue[Answer]) closed() bool { return d.ended.Load() }
