package commands

import (
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"stalemate/containers/pid"
	"stalemate/containers/reaper"
)

// podCommand holds what runs inside the containers of a pod. None of it is for people.
func podCommand() *cobra.Command {
	pod := &cobra.Command{Use: "pod", Hidden: true, Short: "What runs inside the containers of a pod"}
	pod.AddCommand(
		podPause(), podKeep(), podLook(), podBurn(), podReap(), podStranger(), podCanary(),
		podInspectCommand(), podListeners(), podLeftoversCommand(),
		podAttack(), podProbe(), podAsk(),
	)
	return pod
}

func podPause() *cobra.Command {
	return &cobra.Command{
		Use:   "pause",
		Short: "Holds the namespaces of its container until it is told to end",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			<-ctx.Done()
			return nil
		},
	}
}

func podKeep() *cobra.Command {
	return &cobra.Command{
		Use:   "keep",
		Short: "Holds a PID namespace and moves its cursor, as it is asked on its input, until that ends",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A collection may start a thread, and a thread takes a PID. A keeper allocates some kilobytes in its life.
			debug.SetGCPercent(-1)
			return pid.Keep(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

func podBurn() *cobra.Command {
	var to, bound int
	burn := &cobra.Command{
		Use:   "burn",
		Short: "Takes PIDs until the next process of the namespace gets the one after --to",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			burned, err := pid.Burn(cmd.Context(), to, bound)
			cmd.Println(burned)
			return err
		},
	}
	burn.Flags().IntVar(&to, "to", 0, "where the cursor is to stand")
	burn.Flags().IntVar(&bound, "bound", 40000, "take at most this many")
	return burn
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
