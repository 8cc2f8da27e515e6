// Package inpod has the client side's commands of the program that runs in a pod's containers.
package inpod

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"stalemate/attackers"
	"stalemate/reports/record/wire"
)

// Commands park connections and probe servers. They read JSON and write JSON lines.
func Commands() []*cobra.Command {
	return []*cobra.Command{
		command(wire.CommandAttack, "Parks the connections of the plan on standard input, and reports when each is released", attackers.Attack),
		command(wire.CommandProbe, "Makes the exchange on standard input with a server, and reports the result", attackers.Probe),
		command(wire.CommandAsk, "Makes each exchange on standard input with a server, and reports each result", attackers.Ask),
	}
}

func command(name wire.Command, short string, serve func(context.Context, io.Reader, io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: string(name), Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
