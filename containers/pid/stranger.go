//go:build linux

package pid

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Stranger is a live process that is nobody's server, for the pid file that names
// one: it says its own Stat and lives until its input or ctx ends, or a signal ends it.
func Stranger(ctx context.Context, in io.Reader, out io.Writer) error {
	own, err := Read(os.Getpid())
	if err != nil {
		return fmt.Errorf("read the stranger's own state: %w", err)
	}
	if err := json.NewEncoder(out).Encode(own); err != nil {
		return fmt.Errorf("say the stranger's number: %w", err)
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
