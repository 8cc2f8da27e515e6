package pod

import (
	"context"
	"io"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

// talk starts a conversation with a command. The channel receives the answers.
func talk(t *testing.T, c command) (*Conversation, <-chan int) {
	t.Helper()
	heard := make(chan int, 16)
	return Talk(t.Context(), c, Attacker, wire.CommandAttack, func(answer number) { heard <- answer.N }), heard
}

func TestAConversationEndsWithItsInput(t *testing.T) {
	g := NewWithT(t)
	c, heard := talk(t, func(ctx context.Context, in io.Reader, out io.Writer) error {
		err := echo(nothing)(ctx, in, out)
		_, _ = io.WriteString(out, "{\"n\":-1}\n") // after the end of its input, as the attacker does for connections that it still holds
		return err
	})
	for n := 1; n <= 3; n++ {
		g.Expect(c.Send(number{n})).To(Succeed())
		g.Eventually(heard).Should(Receive(Equal(n)))
	}
	g.Expect(c.Done()).NotTo(BeClosed())
	g.Expect(c.Err()).NotTo(HaveOccurred())
	c.End()
	g.Eventually(c.Done()).Should(BeClosed())
	g.Expect(heard).To(Receive(Equal(-1)), "Done is closed after the last answer")
	g.Expect(c.Err()).NotTo(HaveOccurred())
	g.Expect(c.Send(number{4})).NotTo(Succeed())
}

func TestWhyAConversationIsOver(t *testing.T) {
	for name, one := range map[string]struct {
		command command
		says    string
	}{
		"early":     {writes(`{"n":1}`+"\n", nil), "attack in the attacker: it ended by itself with exit status 0"},
		"failed":    {writes("", errStatus), "attack in the attacker: exit status 2: no such plan"},
		"truncated": {writes(`{"n":1}`+"\n"+`{"n":2`, nil), `attack in the attacker: read an answer: unexpected end of JSON input: "{\"n\":2"`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c, _ := talk(t, one.command)
			g.Eventually(c.Done()).Should(BeClosed())
			g.Expect(c.Err()).To(MatchError(one.says))
			g.Expect(c.Send(number{1})).To(MatchError(one.says), "Send returns the same error")
		})
	}
}

// Send returns even if the command does not read, so that hear can call it.
func TestSendingDoesNotWait(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	var c *Conversation
	ready, sent := make(chan struct{}), make(chan error, 1)
	c = Talk(ctx, command(func(ctx context.Context, _ io.Reader, out io.Writer) error {
		_, _ = io.WriteString(out, "{\"n\":1}\n")
		<-ctx.Done()
		return context.Cause(ctx)
	}), Attacker, wire.CommandAttack, func(number) {
		<-ready
		for n := range 1000 {
			if err := c.Send(number{n}); err != nil {
				sent <- err
			}
		}
		close(sent)
	})
	close(ready)
	g.Eventually(sent).Should(BeClosed())
	cancel()
	g.Eventually(c.Done()).Should(BeClosed())
	g.Expect(c.Err()).To(MatchError(context.Canceled))
	g.Expect(c.Send(number{2})).To(MatchError(context.Canceled))
}

func TestWhatWasSentBeforeTheEndIsRead(t *testing.T) {
	g := NewWithT(t)
	begin := make(chan struct{})
	c, heard := talk(t, func(ctx context.Context, in io.Reader, out io.Writer) error {
		<-begin
		return echo(nothing)(ctx, in, out)
	})
	for n := 1; n <= 3; n++ {
		g.Expect(c.Send(number{n})).To(Succeed())
	}
	c.End()
	g.Expect(c.Send(number{4})).To(MatchError(io.ErrClosedPipe))
	close(begin)
	g.Eventually(c.Done()).Should(BeClosed())
	g.Expect(c.Err()).NotTo(HaveOccurred())
	g.Expect(heard).To(HaveLen(3))
}
