package inpod

import (
	"context"
	"io"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"stalemate/attackers"
	"stalemate/containers/inspect"
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

func stranger() *cobra.Command {
	return talks("stranger", "Is a process with a number, which it says, until its input ends or a signal ends it", pid.Stranger)
}
