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
		Short: "Print the JSON schema of target files, or of another kind of file",
		Long: `"stalemate schema" prints a JSON schema (draft 2020-12). With the JSON schema of target files, your
editor completes and explains the keys of a target file, and underlines mistakes. The first line of
a target file from "stalemate learn" names the schema. Editors with the YAML language server read
the first line.

"stalemate schema" prints the JSON schema of one kind of file:
  - target: target files, which the flag -f names (default)
  - policy: policy files with limits for all servers, which the flag --policy names
  - waivers: waivers files with accepted failures, which the flag --waivers names
  - report: JSON reports, which the flag --json writes`,
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
