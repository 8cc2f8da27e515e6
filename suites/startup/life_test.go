package startup

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestALifeEndsOnce(t *testing.T) {
	g := NewWithT(t)
	end := make(chan error, 1)
	l := &life{end: end}
	g.Expect(l.runs()).To(BeTrue())
	tick := make(chan time.Time, 1)
	tick <- time.Time{}
	g.Expect(l.pause(t.Context(), tick)).To(Succeed())
	g.Expect(l.runs()).To(BeTrue(), "it was the other that came")
	end <- nil
	g.Expect(l.pause(t.Context(), nil)).To(Succeed())
	g.Expect(l.runs()).To(BeFalse())
	g.Expect(l.runs()).To(BeFalse())

	l = &life{end: end}
	end <- nil
	g.Expect(l.runs()).To(BeFalse(), "it is seen without a pause")
	g.Expect(l.runs()).To(BeFalse(), "and stays seen")
}

func TestAnEndThatNobodyCanTellIsNoEnd(t *testing.T) {
	g := NewWithT(t)
	end := make(chan error, 1)
	lost := errors.New("the engine is lost")
	for _, asked := range []func(*life) error{
		func(l *life) error { _, err := l.runs(); return err },
		func(l *life) error { return l.pause(t.Context(), nil) },
	} {
		end <- lost
		g.Expect(asked(&life{end: end})).To(MatchError(lost))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g.Expect((&life{end: end}).pause(ctx, nil)).To(MatchError(context.Canceled))
}
