package commands

import (
	"time"

	"github.com/spf13/cobra"

	attack "stalemate/attackers/inpod"
	"stalemate/containers/inpod"
	"stalemate/containers/reaper"
	"stalemate/fixtures/canary"
	"stalemate/fixtures/nethttp"
)

// podCommand has the commands of the helper program, since stalemate can take its place in a pod, and the reaper.
func podCommand() *cobra.Command {
	pod := inpod.Command(append(attack.Commands(), canary.Command(), nethttp.Command())...)
	pod.AddCommand(podReap())
	return pod
}

func podReap() *cobra.Command {
	var run, host string
	var within time.Duration
	reap := &cobra.Command{
		Use:   "reap",
		Short: "Remove everything of a run when the process at the other end of standard input has ended",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return reaper.Reap(cmd.Context(), run, host, cmd.InOrStdin(), within)
		},
	}
	reap.Flags().StringVar(&run, "run", "", "`id` of the run")
	reap.Flags().StringVar(&host, "engine", "", "`address` of the run's engine")
	reap.Flags().DurationVar(&within, "within", reaper.Patience, "give up after this long")
	return reap
}
