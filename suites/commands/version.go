package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"stalemate/suites/session"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Says which stalemate this is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "stalemate", session.Version())
			return err
		},
	}
}
