package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"stalemate/fixtures/target"
	"stalemate/reports/jsonreport"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [target|policy|waivers|report]",
		Short: "Print the JSON schema of target files, or of another file",
		Long: `schema prints a JSON schema (draft 2020-12). With the schema of target files, your editor completes
the keys of a target file, explains them, and underlines mistakes. Editors with the YAML language
server find the schema through the first line of a file that learn wrote.

  target   a target file (-f). This is the default.
  policy   limits for all servers (--policy)
  waivers  accepted failures (--waivers)
  report   the JSON report (--json)`,
		Example: `  stalemate schema > target.schema.json
  stalemate schema report`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"target", "policy", "waivers", "report"},
		RunE: func(cmd *cobra.Command, args []string) error {
			text := target.TargetSchema
			if len(args) == 1 {
				switch args[0] {
				case "policy":
					text = target.PolicySchema
				case "waivers":
					text = target.WaiversSchema
				case "report":
					text = jsonreport.Schema
				}
			}
			if _, err := cmd.OutOrStdout().Write(text); err != nil {
				return fmt.Errorf("print the schema: %w", err)
			}
			return nil
		},
	}
}
