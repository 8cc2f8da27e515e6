package commands

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"stalemate/reports"
)

// reportFlags adds the flags of every command that draws reports. Those that people type most come first.
func reportFlags(cmd *cobra.Command, o *reports.Options) {
	flags := cmd.Flags()
	flags.StringVar(&o.JUnit, "junit", "", "write a JUnit XML report to this `file`; in every flag for a report, - means standard output")
	flags.StringVar(&o.HTML, "html", "", "write an HTML report to this `file`")
	flags.StringVar(&o.JSON, "json", "", "write a JSON report to this `file`")
	flags.StringVar(&o.Summary, "summary", "", "write a summary in Markdown to this `file`, such as \"$GITHUB_STEP_SUMMARY\"")
	flags.StringVar(&o.SARIF, "sarif", "", "write the failures in the format SARIF to this `file`; GitHub's code scanning reads SARIF")
	flags.StringVar(&o.CTRF, "ctrf", "", "write a report in the Common Test Report Format to this `file`")
	flags.StringVar(&o.Annotations, "annotations", "", "print annotations for this `service` (only github); GitHub then shows each failure at its line of the target file")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("annotations", cobra.FixedCompletions([]string{reports.GitHub}, cobra.ShellCompDirectiveNoFileComp)))
}

// aim says where the reports of a command go. The text for people goes to the standard error if a report takes the standard output.
func aim(cmd *cobra.Command, o *reports.Options) error {
	if o.Annotations != "" && o.Annotations != reports.GitHub {
		return fmt.Errorf("--annotations %s: stalemate knows %s", o.Annotations, reports.GitHub)
	}
	o.Out, o.Terminal = cmd.OutOrStdout(), cmd.OutOrStdout()
	if slices.ContainsFunc(o.Views(), func(v reports.View) bool { return v.Path == reports.Stdout }) {
		o.Terminal = cmd.ErrOrStderr()
	}
	o.Look = look(o.Terminal)
	return nil
}
