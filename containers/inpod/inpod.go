// Package inpod holds the commands of the program that runs inside a pod's containers, as far as they observe or control
// the server: `stalemate pod NAME`, one file a command. Package attackers/inpod has those of the attackers.
//
// It must not import the engine's client or the parser of target files: a run starts this program in every container, and
// each start loads all that is linked.
package inpod

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"stalemate/reports/record/wire"
)

// Command is `stalemate pod` with the commands of this package and more. The harness calls them; people do not.
func Command(more ...*cobra.Command) *cobra.Command {
	pod := &cobra.Command{
		Use: wire.Pod, Hidden: true, Short: "Commands that stalemate runs inside the containers of a pod",
		PersistentPreRunE: func(*cobra.Command, []string) error { return keepOut() },
	}
	pod.AddCommand(
		pause(), keep(), look(), stranger(),
		inspectCommand(), listeners(),
	)
	pod.AddCommand(more...)
	return pod
}

// lines is a command that reads JSON lines from its input and writes JSON lines to its output.
func lines(name wire.Command, short string, serve func(context.Context, io.Reader, io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: string(name), Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
