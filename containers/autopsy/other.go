//go:build !linux

package autopsy

import (
	"context"
	"errors"
	"time"

	"stalemate/reports/record"
)

// Attach says when a case may stop the process ahead of the deadline.
type Attach int

// Options say how Inspect looks.
type Options struct {
	Root             string
	FD               int
	Deadline, Margin time.Duration
	Attach           Attach
}

// ErrEnded says that the process has ended.
var ErrEnded = errors.New("the process has ended")

var errLinux = errors.New("processes are inspected on Linux only; targets are, in their containers, from everywhere")

// Inspect refuses: only Linux shows what it reads.
func Inspect(context.Context, int, Options) (record.Autopsy, error) {
	return record.Autopsy{}, errLinux
}
