package commands

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/verdict"
)

func listCommand() *cobra.Command {
	var o session.Options
	list := &cobra.Command{
		Use:   "list",
		Short: "Lists every cell with its address and what is expected of it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := session.Load(o)
			if err != nil {
				return &Status{Code: ExitUsage, Err: err}
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 8, 2, ' ', 0)
			fmt.Fprintln(table, "CELL\tEXPECT\tLIMIT")
			for _, c := range p.Cells {
				fmt.Fprintf(table, "%s\t%s\t%s\n", c.Address, c.Plan.Expect, expectation(c))
			}
			return table.Flush()
		},
	}
	list.Flags().StringArrayVarP(&o.Files, "file", "f", nil, "target file, or a folder of them (may be given more than once)")
	list.Flags().StringVar(&o.Only, "only", "", "only the cells whose address matches; alternatives with |, * for anything")
	cobra.CheckErr(list.MarkFlagRequired("file"))
	return list
}

func expectation(c *plan.Cell) string {
	if c.Plan.Limit == nil {
		return fmt.Sprintf("none, watched for %s: %s", c.Watch, c.Plan.Reason)
	}
	return verdict.Limit(c.Plan.Limit)
}
