package inpod

import (
	"github.com/spf13/cobra"

	"stalemate/containers/inspect"
	"stalemate/reports/record/wire"
)

// listeners runs in the inspector.
func listeners() *cobra.Command {
	return lines(wire.CommandListeners, "Lists the listening TCP sockets of its network namespace", inspect.Listeners)
}
