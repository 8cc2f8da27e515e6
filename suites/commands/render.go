package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"stalemate/fixtures"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

func renderCommand() *cobra.Command {
	o := session.Options{Extent: plan.Thorough} // a target is printed whatever a run leaves of it
	render := &cobra.Command{
		Use:   "render",
		Short: "Prints targets as they are tested: with every default, override and policy",
		Long: `Prints targets as they are tested, as target files: with every default, with what
--image and --repeat change, and with the limits of --policy. Paths are absolute, and what
comes from the environment stays ${env:NAME}, so that no secret is printed.`,
		Args: onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseRepeat(cmd, o); err != nil {
				return err
			}
			p, err := session.Load(o)
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
				text, err := fixtures.Render(t, plan.Addresses(t))
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
