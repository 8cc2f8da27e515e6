package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"stalemate/suites/run"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of stalemate",
		Long:  "version prints the version of stalemate.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "stalemate", run.Version())
			return err
		},
	}
}
