package pod

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"stalemate/containers/keeper"
	"stalemate/containers/pid"
)

// talking is a conversation whose other side answers each question for a process with its number, after what answer does.
func talking(t *testing.T, answer func(n int)) *conversation {
	t.Helper()
	ours, theirs := net.Pipe()
	answers, out := io.Pipe()
	go func() {
		defer out.Close()
		for lines := bufio.NewScanner(theirs); lines.Scan(); {
			var ask keeper.Ask
			if json.Unmarshal(lines.Bytes(), &ask) != nil {
				return
			}
			answer(ask.Stat)
			if json.NewEncoder(out).Encode(keeper.Answer{Answer: pid.Answer{Stat: &pid.Stat{PID: ask.Stat}}}) != nil {
				return
			}
		}
	}()
	c := newConversation(Witness, ours, answers)
	t.Cleanup(c.close)
	return c
}

func TestEachWhoAsksGetsTheAnswerToTheirOwn(t *testing.T) {
	c := talking(t, func(int) {})
	var all errgroup.Group
	for n := 1; n <= 50; n++ {
		all.Go(func() error {
			got, err := c.say(t.Context(), keeper.Ask{Ask: pid.Ask{Stat: n}})
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
	_, err := c.say(ctx, keeper.Ask{Ask: pid.Ask{Stat: 1}})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(c.over.Load()).To(BeTrue(), "a late answer would be taken for that to the next question")
	_, err = c.say(t.Context(), keeper.Ask{Ask: pid.Ask{Stat: 2}})
	g.Expect(err).To(HaveOccurred())
}
