package commands

import (
	"context"
	"fmt"
	"time"
)

// withinBudget ends a context when the budget of the run is used up. 0 is no budget.
func withinBudget(parent context.Context, budget time.Duration) (context.Context, context.CancelFunc) {
	if budget == 0 {
		return context.WithCancel(parent)
	}
	return context.WithTimeoutCause(parent, budget, fmt.Errorf("the --budget of %s ran out", budget))
}

// stopped says why a run ended before its time; "" for a whole run.
func stopped(ctx context.Context) string {
	if ctx.Err() == nil {
		return ""
	}
	return context.Cause(ctx).Error()
}

// orStopped is the error of something that was being done when the run ended: what was canceled then says nothing.
func orStopped(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}
