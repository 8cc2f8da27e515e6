package pod

import (
	"errors"
	"sync/atomic"
)

// Budget bounds the PIDs that the pods of a run may allocate and throw away together: each is also a PID of the host. A nil
// Budget is unbounded.
type Budget struct{ left atomic.Int64 }

// NewBudget allows that many PIDs.
func NewBudget(pids int64) *Budget {
	b := &Budget{}
	b.left.Store(pids)
	return b
}

// ErrBudget means that another start would exceed the run's Budget.
var ErrBudget = errors.New("the run has used up its budget of PIDs")

func (b *Budget) take(n int) error {
	if b != nil && b.left.Add(-int64(n)) < 0 {
		return ErrBudget
	}
	return nil
}
