package inpod

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"stalemate/containers/leftover"
)

// leftoversCommand lists, plants and removes what a server leaves behind:
// requests as JSON lines in, events as JSON lines out, until the input ends.
func leftoversCommand() *cobra.Command {
	leftovers := &cobra.Command{Use: "leftovers", Short: "Lists, plants and removes what a server leaves behind"}
	for _, c := range []struct {
		use, short string
		run        func(context.Context, io.Reader, io.Writer) error
	}{
		{"list", "Lists files, shared memory and SysV objects", leftover.List},
		{"plant", "Plants objects that are not there yet", leftover.Plant},
		{"remove", "Removes objects", leftover.Remove},
	} {
		leftovers.AddCommand(&cobra.Command{
			Use: c.use, Short: c.short, Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.run(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
			},
		})
	}
	return leftovers
}
