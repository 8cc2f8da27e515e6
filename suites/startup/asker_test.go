package startup

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/attackers"
)

// TestALateAnswerIsNotThatOfTheNextQuestion lets the first question end by its deadline, and its answer come only after that.
func TestALateAnswerIsNotThatOfTheNextQuestion(t *testing.T) {
	g := NewWithT(t)
	asked, late := make(chan struct{}), make(chan struct{})
	do := func(_ context.Context, in io.Reader, line func([]byte) error) error {
		for lines := bufio.NewScanner(in); lines.Scan(); {
			var q attackers.ProbeRequest
			if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
				return err
			}
			if q.Address == "slow" {
				close(asked)
				<-late
			}
			answer, err := json.Marshal(attackers.ProbeResult{Body: q.Address})
			if err != nil {
				return err
			}
			if err := line(answer); err != nil {
				return err
			}
		}
		return nil
	}
	a := &asker{begin: func() *talk { return newTalk(t.Context(), do) }}
	defer a.close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := a.ask(ctx, attackers.ProbeRequest{Address: "slow"})
	g.Expect(err).To(MatchError(context.Canceled))
	close(late)
	for _, address := range []string{"first", "second"} {
		result, err := a.ask(t.Context(), attackers.ProbeRequest{Address: address})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(result.Body).To(Equal(address))
	}
}
