package inpod

import (
	"context"
	"io"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"stalemate/attackers"
	"stalemate/containers/inspect"
	"stalemate/containers/keeper"
	"stalemate/containers/pid"
	"stalemate/fixtures/canary"
)

// talks is a command that reads lines of JSON and writes lines of JSON until its input ends.
func talks(name, short string, serve func(context.Context, io.Reader, io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

func attack() *cobra.Command {
	return talks("attack", "Parks the connections of the plan on its input, and tells when each is released", attackers.Attack)
}

func probe() *cobra.Command {
	return talks("probe", "Asks a server what stands on its input, and says what became of it", attackers.Probe)
}

func listeners() *cobra.Command {
	return talks("listeners", "Lists the sockets of its network namespace that take connections", inspect.Listeners)
}

func canaries() *cobra.Command {
	return &cobra.Command{
		Use: "canary", Short: "Serves with limits that are known", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGTERM, syscall.SIGINT)
			defer stop()
			return canary.Serve(ctx)
		},
	}
}

func ask() *cobra.Command {
	return talks("ask", "Asks a server each of the requests on its input, and says what became of it", attackers.Ask)
}

func look() *cobra.Command {
	return talks("look", "Tells of the processes and the leftovers of its namespaces, as it is asked", func(ctx context.Context, in io.Reader, out io.Writer) error {
		// A collection may start a thread, and a thread takes a PID of the target's namespace: none until there is much to collect.
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(lookMemory)
		return keeper.Look(ctx, in, out)
	})
}

// lookMemory is how many bytes a looker takes before it collects; a list of leftovers takes some ten thousand.
const lookMemory = 64 << 20

func stranger() *cobra.Command {
	return talks("stranger", "Is a process with a number, which it says, until its input ends or a signal ends it", pid.Stranger)
}
