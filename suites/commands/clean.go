package commands

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"stalemate/containers/engine"
	"stalemate/containers/reaper"
)

func cleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Removes the images that are kept between runs, and what dead runs left",
		Long: `Removes the images that are kept between runs, and the containers, networks and volumes
of runs that are dead. A run is alive while its reaper is a process of this machine: nothing
of it is touched, and the images stay as well. Runs that other machines have on the same
engine are not seen: do not clean then.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := engine.Reach(cmd.Context())
			if err != nil {
				return &Status{Code: ExitInconclusive, Err: fmt.Errorf("nothing was removed: %w", err)}
			}
			defer e.Close()
			done, err := e.Clean(cmd.Context(), engine.CleanOptions{
				Alive: func() (map[string]bool, error) { return reaper.Alive(os.DirFS("/proc")) },
			})
			for _, thing := range done.Removed {
				cmd.Println("removed", thing)
			}
			for _, thing := range done.Kept {
				cmd.Println("kept", thing)
			}
			if len(done.Removed)+len(done.Kept) == 0 && err == nil {
				cmd.Println("there was nothing to remove")
			}
			if err != nil {
				return &Status{Code: ExitInconclusive, Err: err}
			}
			return nil
		},
	}
}
