//go:build linux

package pid

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"stalemate/containers/proc"
)

// Stranger is a live process that does not belong to the server. A scenario names its PID in a pid file. It writes its
// own proc.Stat and runs until in ends, ctx ends or a signal kills it.
func Stranger(ctx context.Context, in io.Reader, out io.Writer) error {
	own, err := proc.ReadStat(proc.Root, os.Getpid(), os.Getpid())
	if err != nil {
		return fmt.Errorf("read the state of the stranger process: %w", err)
	}
	if err := json.NewEncoder(out).Encode(own); err != nil {
		return fmt.Errorf("write the PID of the stranger process: %w", err)
	}
	over := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, in)
		over <- err
	}()
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
		return nil
	}
}
