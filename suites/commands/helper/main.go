// Command helper is the part of stalemate that runs inside the containers of a pod, and nothing else: a tenth
// of it, which starts in a tenth of the time.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	attack "stalemate/attackers/inpod"
	"stalemate/containers/inpod"
	"stalemate/fixtures/canary"
	"stalemate/fixtures/nethttp"
)

func main() {
	root := &cobra.Command{Use: "stalemate", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(inpod.Command(append(attack.Commands(), canary.Command(), nethttp.Command())...))
	if err := root.ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "stalemate:", err)
		os.Exit(2)
	}
}
