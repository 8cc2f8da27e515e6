package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"stalemate/containers/engine"
	"stalemate/containers/proc"
	"stalemate/containers/reaper"
)

func cleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Remove the images that stalemate built, and everything that dead runs left behind",
		Long: `stalemate clean removes the images that stalemate built. stalemate also removes the containers, the
networks and the volumes of dead runs. A run is dead if its stalemate process on this machine has
ended.

stalemate does not change anything that belongs to a live run of this machine. While this machine
has a live run, stalemate also keeps all images.

Other machines can use the same container engine as this machine. Do not use clean while stalemate
runs on another machine with the same container engine. stalemate cannot see the runs of other
machines, and would remove their containers.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := engine.Reach(cmd.Context())
			if err != nil {
				return &Status{Code: ExitInconclusive, Err: fmt.Errorf("nothing was removed: %w", err)}
			}
			defer e.Close()
			done, err := e.Clean(cmd.Context(), engine.CleanOptions{
				Alive: func() (map[string]bool, error) { return reaper.Alive(proc.Root) },
			})
			for _, thing := range done.Removed {
				cmd.Println("removed", thing)
			}
			for _, thing := range done.Kept {
				cmd.Println("kept", thing)
			}
			if len(done.Removed)+len(done.Kept) == 0 && err == nil {
				cmd.Println("nothing to remove")
			}
			if err != nil {
				return &Status{Code: ExitInconclusive, Err: err}
			}
			return nil
		},
	}
}
