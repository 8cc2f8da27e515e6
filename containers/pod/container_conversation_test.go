package pod

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"stalemate/containers/pid"
	"stalemate/containers/proc"
	"stalemate/containers/query"
)

// talking is a conversation with a process that calls answer, and then answers each question with the PID that it asks for.
func talking(t *testing.T, answer func(n int)) *conversation {
	t.Helper()
	c := newConversation(t.Context(), Witness, func(io.Writer) transport {
		return func(_ context.Context, in io.Reader, out io.Writer) error {
			for lines := bufio.NewScanner(in); lines.Scan(); {
				var ask query.Request
				if err := json.Unmarshal(lines.Bytes(), &ask); err != nil {
					return err
				}
				answer(ask.Stat)
				if err := json.NewEncoder(out).Encode(query.Answer{Answer: pid.Answer{Stat: &proc.Stat{PID: ask.Stat}}}); err != nil {
					return err
				}
			}
			return nil
		}
	})
	t.Cleanup(c.close)
	return c
}

func TestEachWhoAsksGetsTheAnswerToTheirOwn(t *testing.T) {
	c := talking(t, func(int) {})
	var all errgroup.Group
	for n := 1; n <= 50; n++ {
		all.Go(func() error {
			got, err := c.request(t.Context(), query.Request{Request: pid.Request{Stat: n}})
			NewWithT(t).Expect(got.Stat).To(HaveValue(HaveField("PID", n)))
			return err
		})
	}
	NewWithT(t).Expect(all.Wait()).To(Succeed())
}

func TestAConversationIsOverWithAnAnswerThatDoesNotCome(t *testing.T) {
	g := NewWithT(t)
	asked, late := make(chan struct{}), make(chan struct{})
	c := talking(t, func(int) {
		close(asked)
		<-late
	})
	defer close(late)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := c.request(ctx, query.Request{Request: pid.Request{Stat: 1}})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(c.closed()).To(BeTrue(), "a late answer would be taken for that to the next question")
	_, err = c.request(t.Context(), query.Request{Request: pid.Request{Stat: 2}})
	g.Expect(err).To(HaveOccurred())
}

func TestAContainerThatEndsSaysWhy(t *testing.T) {
	g := NewWithT(t)
	c := newConversation(t.Context(), Holder, func(stderr io.Writer) transport {
		return func(_ context.Context, in io.Reader, _ io.Writer) error {
			_, _ = io.WriteString(stderr, "no such namespace")
			return nil
		}
	})
	_, err := c.next(t.Context())
	g.Expect(err).To(MatchError(And(HavePrefix("the holder does not answer: "), HaveSuffix("no such namespace"))))
	g.Expect(c.closed()).To(BeTrue())
}

func TestAnErrorOfOneQuestionDoesNotEndTheConversation(t *testing.T) {
	g := NewWithT(t)
	said := []string{`{"gone":true,"error":"PID 7"}`, `{"error":"file exists"}`, `{"stat":{"pid":1}}`}
	c := newConversation(t.Context(), Inspector, func(io.Writer) transport {
		return func(_ context.Context, in io.Reader, out io.Writer) error {
			lines := bufio.NewScanner(in)
			for _, answer := range said {
				if !lines.Scan() {
					return nil
				}
				if _, err := io.WriteString(out, answer+"\n"); err != nil {
					return err
				}
			}
			return nil
		}
	})
	defer c.close()
	_, err := c.request(t.Context(), query.Request{})
	g.Expect(err).To(MatchError(ErrGone))
	_, err = c.request(t.Context(), query.Request{})
	g.Expect(err).To(MatchError("the inspector: file exists"))
	_, err = c.request(t.Context(), query.Request{})
	g.Expect(err).NotTo(HaveOccurred())
}
