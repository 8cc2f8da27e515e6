package run

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
)

func TestBackgroundWorkBeginsOnceAndLearnsThatTheLastBatchHolds(t *testing.T) {
	g := NewWithT(t)
	begun := make(chan bool, 2)
	b := newBackgroundWork(&Execution{Config: Config{Suites: []Suite{{Background: func(_ context.Context, tools *Background) {
		begun <- false
		<-tools.LastBatchHolds()
		begun <- true
	}}}}}, nil)
	b.begin(t.Context())
	b.begin(t.Context())
	g.Eventually(begun).Should(Receive(BeFalse()))
	g.Consistently(begun, "50ms").ShouldNot(Receive(), "it began twice, or before the last batch held")
	b.announceLastBatchHolds()
	b.announceLastBatchHolds()
	b.wait()
	g.Expect(begun).To(Receive(BeTrue()))
}
