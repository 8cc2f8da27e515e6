package inpod

import (
	"github.com/spf13/cobra"

	"stalemate/containers/inspect"
)

// inspectCommand follows holds from the server's side: commands on stdin, events on stdout.
func inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect",
		Short: "Follows the server's end of every hold, and looks into its process",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inspect.Serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
