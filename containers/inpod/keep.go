package inpod

import (
	"context"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"stalemate/containers/pid"
	"stalemate/reports/record/wire"
)

// keep is the main process of the container that holds the PID namespace.
func keep() *cobra.Command {
	return lines(wire.CommandKeep, "Holds a PID namespace and advances its last PID on request", func(ctx context.Context, in io.Reader, out io.Writer) error {
		// A garbage collection may start a thread, and a thread takes a PID. The holder allocates a few kilobytes in all.
		debug.SetGCPercent(-1)
		return pid.ServeHolder(ctx, in, out)
	})
}
