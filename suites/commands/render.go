package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"stalemate/fixtures/target"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

func renderCommand() *cobra.Command {
	o := run.Options{Extent: plan.Thorough} // so that a file whose cells are all thorough is printed, too
	render := &cobra.Command{
		Use:   "render",
		Short: "Print target files with all default values",
		Long: `stalemate render prints target files with all values that stalemate would use. stalemate adds all
default values, and the values of --image, --repeat and --policy. stalemate starts no server.

A target file describes many tests. A cell is one test. Each cell has an address, such as
shop/tls/tls.client-hello/silent.

stalemate prints all paths as absolute paths. A target file can refer to an environment variable
with ${env:NAME}. stalemate prints the text ${env:NAME}. stalemate does not print the value of the
variable, because the value can be secret.`,
		Example: `  stalemate render -f target.yaml
  stalemate render -f target.yaml --policy policy.yaml`,
		Args: onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseRepeat(cmd, o); err != nil {
				return err
			}
			p, err := run.Load(o)
			if err != nil {
				return &Status{Code: ExitUsage, Err: err}
			}
			first := true
			for _, t := range p.Targets {
				if t.Canary != "" {
					continue
				}
				if !first {
					fmt.Fprintln(cmd.OutOrStdout(), "---")
				}
				first = false
				text, err := target.Render(t, plan.Addresses(t))
				if err != nil {
					return err
				}
				if _, err := cmd.OutOrStdout().Write(text); err != nil {
					return fmt.Errorf("print target %s: %w", t.Name, err)
				}
			}
			return nil
		},
	}
	planFlags(render, &o)
	return render
}
