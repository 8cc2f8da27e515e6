package inpod

import (
	"context"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"stalemate/containers/query"
	"stalemate/reports/record/wire"
)

// lookMemory is the heap, in bytes, at which `look` collects garbage. A list of leftovers takes some ten thousand bytes.
const lookMemory = 64 << 20

// look is the main process of the inspector's and of the witness's container.
func look() *cobra.Command {
	return lines(wire.CommandLook, "Answers questions about the processes and leftovers of its namespaces", func(ctx context.Context, in io.Reader, out io.Writer) error {
		// A garbage collection may start a thread, and a thread takes a PID of the target's namespace. So there is none
		// before lookMemory is reached.
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(lookMemory)
		return query.Serve(ctx, in, out)
	})
}
