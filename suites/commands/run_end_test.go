package commands

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestARunThatEndsEarlySaysWhy(t *testing.T) {
	g := NewWithT(t)
	ctx, stop := context.WithCancelCause(t.Context())
	g.Expect(stopped(ctx)).To(BeEmpty())
	fault := errors.New("the disk is full")
	g.Expect(orStopped(ctx, fault)).To(Equal(fault))
	stop(errors.New("interrupted by SIGINT"))
	g.Expect(stopped(ctx)).To(Equal("interrupted by SIGINT"))
	g.Expect(orStopped(ctx, errors.New("connect: context canceled"))).To(MatchError("interrupted by SIGINT"))
	g.Expect(orStopped(ctx, nil)).To(Succeed())

	budget, end := withinBudget(t.Context(), 10*time.Millisecond)
	defer end()
	g.Eventually(budget.Done(), time.Minute).Should(BeClosed())
	g.Expect(stopped(budget)).To(Equal("the --budget of 10ms ran out"))
	free, end := withinBudget(t.Context(), 0)
	g.Expect(stopped(free)).To(BeEmpty())
	end()
	g.Expect(context.Cause(free)).To(MatchError(context.Canceled))
}
