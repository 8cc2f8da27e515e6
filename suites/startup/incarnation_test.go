package startup

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestAnIncarnationEndsOnce(t *testing.T) {
	g := NewWithT(t)
	end := make(chan error, 1)
	i := &incarnation{end: end}
	g.Expect(i.runs()).To(BeTrue())
	tick := make(chan time.Time, 1)
	tick <- time.Time{}
	g.Expect(i.pause(t.Context(), tick)).To(Succeed())
	g.Expect(i.runs()).To(BeTrue(), "it was the other that came")
	end <- nil
	g.Expect(i.pause(t.Context(), nil)).To(Succeed())
	g.Expect(i.runs()).To(BeFalse())
	g.Expect(i.runs()).To(BeFalse())

	i = &incarnation{end: end}
	end <- nil
	g.Expect(i.runs()).To(BeFalse(), "it is seen without a pause")
	g.Expect(i.runs()).To(BeFalse(), "and stays seen")
}

func TestAnEndThatNobodyCanTellIsNoEnd(t *testing.T) {
	g := NewWithT(t)
	end := make(chan error, 1)
	lost := errors.New("the engine is lost")
	for _, asked := range []func(*incarnation) error{
		func(i *incarnation) error { _, err := i.runs(); return err },
		func(i *incarnation) error { return i.pause(t.Context(), nil) },
	} {
		end <- lost
		g.Expect(asked(&incarnation{end: end})).To(MatchError(lost))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g.Expect((&incarnation{end: end}).pause(ctx, nil)).To(MatchError(context.Canceled))
}
