package campaign

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
)

func TestWorkBesideTheWavesBeginsOnceAndHearsWhenItIsAlone(t *testing.T) {
	g := NewWithT(t)
	begun := make(chan bool, 2)
	b := newBeside(&Campaign{Config: Config{Beside: []Work{func(_ context.Context, tools *Tools) {
		begun <- false
		<-tools.Alone()
		begun <- true
	}}}}, nil)
	b.begin(t.Context())
	b.begin(t.Context())
	g.Eventually(begun).Should(Receive(BeFalse()))
	g.Consistently(begun, "50ms").ShouldNot(Receive(), "it was begun twice, or thinks that it is alone")
	b.leave()
	b.leave()
	b.wait()
	g.Expect(begun).To(Receive(BeTrue()))
}
