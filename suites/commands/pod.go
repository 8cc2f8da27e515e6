package commands

import (
	"time"

	"github.com/spf13/cobra"

	"stalemate/containers/reaper"
	"stalemate/suites/inpod"
)

// podCommand is what the helper does, which this command can be as well, and what its reaper does beside a run.
func podCommand() *cobra.Command {
	pod := inpod.Command()
	pod.AddCommand(podReap())
	return pod
}

func podReap() *cobra.Command {
	var run string
	var within time.Duration
	reap := &cobra.Command{
		Use:   "reap",
		Short: "Removes everything of a run when the process at the other end of its input is gone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return reaper.Reap(cmd.Context(), run, cmd.InOrStdin(), within)
		},
	}
	reap.Flags().StringVar(&run, "run", "", "the run's id")
	reap.Flags().DurationVar(&within, "within", 2*time.Minute, "give up after this long")
	return reap
}
