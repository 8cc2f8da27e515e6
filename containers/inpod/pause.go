package inpod

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"stalemate/reports/record/wire"
)

// pause is the main process of a container that only holds namespaces, or waits for an exec.
func pause() *cobra.Command {
	return &cobra.Command{
		Use:   string(wire.CommandPause),
		Short: "Holds the namespaces of its container until SIGTERM or SIGINT",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			<-ctx.Done()
			return nil
		},
	}
}
