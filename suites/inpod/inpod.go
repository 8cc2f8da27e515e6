// Package inpod is what the helper does inside the containers of a pod. It imports nothing that only a harness
// needs, an engine's client or what reads target files: many helpers start in a run, and each loads what it links.
package inpod

import (
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"stalemate/containers/pid"
)

// Command holds all of it. None is for people.
func Command() *cobra.Command {
	pod := &cobra.Command{Use: "pod", Hidden: true, Short: "What runs inside the containers of a pod"}
	pod.AddCommand(
		pause(), keep(), look(), burn(), stranger(), canaries(),
		inspectCommand(), listeners(), leftoversCommand(),
		attack(), probe(), ask(),
	)
	return pod
}

func pause() *cobra.Command {
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

func keep() *cobra.Command {
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

func burn() *cobra.Command {
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
