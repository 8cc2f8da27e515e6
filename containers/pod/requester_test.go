package pod

import (
	"context"
	"io"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

func TestQuestionsTakeOneExec(t *testing.T) {
	g := NewWithT(t)
	execs := 0
	r := NewRequester[number](t.Context(), command(func(ctx context.Context, in io.Reader, out io.Writer) error {
		execs++
		return echo(nothing)(ctx, in, out)
	}), Attacker, wire.CommandAsk)
	defer r.Close()
	for n := range 10 {
		answer, err := r.Ask(t.Context(), number{n})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(answer.N).To(Equal(n))
	}
	g.Expect(execs).To(Equal(1))
}

// The first question is cancelled. Its answer arrives later, and must not be taken for the answer to the next question.
func TestALateAnswerIsNotThatOfTheNextQuestion(t *testing.T) {
	g := NewWithT(t)
	const slow = 99
	asked, late := make(chan struct{}), make(chan struct{})
	r := NewRequester[number](t.Context(), echo(func(n int) {
		if n == slow {
			close(asked)
			<-late
		}
	}), Attacker, wire.CommandAsk)
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := r.Ask(ctx, number{slow})
	g.Expect(err).To(MatchError(context.Canceled))
	close(late)
	for n := 1; n <= 2; n++ {
		answer, err := r.Ask(t.Context(), number{n})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(answer.N).To(Equal(n))
	}
}

func TestACommandThatEndsIsStartedForTheNextQuestion(t *testing.T) {
	g := NewWithT(t)
	fail := true
	r := NewRequester[number](t.Context(), command(func(ctx context.Context, in io.Reader, out io.Writer) error {
		if fail {
			fail = false
			return errStatus
		}
		return echo(nothing)(ctx, in, out)
	}), Attacker, wire.CommandAsk)
	defer r.Close()
	_, err := r.Ask(t.Context(), number{1})
	g.Expect(err).To(MatchError("ask in the attacker: exit status 2: no such plan"))
	answer, err := r.Ask(t.Context(), number{2})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer.N).To(Equal(2))
}

// An extra answer would be taken for the answer to the next question.
func TestAnAnswerThatNobodyAskedForEndsTheDialogue(t *testing.T) {
	g := NewWithT(t)
	d := newDialogue[number](t.Context(), "the witness", writes("{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n", nil).asTransport())
	defer d.close()
	answer, err := d.next(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer.N).To(Equal(1), "a container sends its first line by itself")
	g.Eventually(func() error { return d.ask(t.Context(), number{4}) }).Should(MatchError(errUnasked))
	g.Expect(d.closed()).To(BeTrue())
}

func TestADialogueThatSomebodyClosedSaysSo(t *testing.T) {
	g := NewWithT(t)
	d := newDialogue[number](t.Context(), "the witness", command(func(_ context.Context, in io.Reader, _ io.Writer) error {
		_, err := io.Copy(io.Discard, in)
		return err
	}).asTransport())
	d.close()
	g.Eventually(d.Done()).Should(BeClosed())
	_, err := d.next(t.Context())
	g.Expect(err).To(HaveOccurred())
}

func (c command) asTransport() transport { return transport(c) }
