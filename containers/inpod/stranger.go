package inpod

import (
	"github.com/spf13/cobra"

	"stalemate/containers/pid"
	"stalemate/reports/record/wire"
)

// stranger is a process in the target's PID namespace that does not belong to the server.
func stranger() *cobra.Command {
	return lines(wire.CommandStranger, "Writes its PID and runs until its input ends or a signal ends it", pid.Stranger)
}
