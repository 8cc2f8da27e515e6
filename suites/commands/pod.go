package commands

import (
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// podCommand holds what runs inside the containers of a pod. None of it is for people.
func podCommand() *cobra.Command {
	pod := &cobra.Command{Use: "pod", Hidden: true, Short: "What runs inside the containers of a pod"}
	pod.AddCommand(&cobra.Command{
		Use:   "pause",
		Short: "Holds the namespaces of its container until it is told to end",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			<-ctx.Done()
			return nil
		},
	})
	pod.AddCommand(podLeftoversCommand())
	return pod
}
