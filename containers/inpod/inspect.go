package inpod

import (
	"github.com/spf13/cobra"

	"stalemate/containers/inspect"
	"stalemate/reports/record/wire"
)

// inspectCommand runs in the inspector: commands on its input, events on its output.
func inspectCommand() *cobra.Command {
	return lines(wire.CommandInspect, "Watches the server's end of every hold, and inspects the process that serves it", inspect.Serve)
}
