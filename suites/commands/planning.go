package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// planFlags adds the flags of every command that plans a run.
func planFlags(cmd *cobra.Command, o *run.Options) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.Files, "file", "f", nil, "read this target `file`, or all target files in this folder; you can give -f several times (default: "+defaultFile+" in the current folder)")
	namedFlag(flags, &o.Only, "only", "pattern", onlyUsage)
	namedFlag(flags, &o.Image, "image", "image", "use this `image` instead of the image in the target file; possible only with one target")
	namedFlag(flags, &o.Policy, "policy", "file", policyUsage)
	flags.IntVar(&o.Repeat, "repeat", 0, fmt.Sprintf("open this `number` of connections for each cell, 1 to %d (default: the number in the target file)", plan.MaxRepeat))
	useDefaultFile(cmd, &o.Files)
	cobra.CheckErr(cmd.MarkFlagFilename("file", "yaml", "yml"))
	cobra.CheckErr(cmd.MarkFlagFilename("policy", "yaml", "yml"))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("image", completeImage))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("only", func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		files, _ := filesOr(o.Files) // without a file there is nothing to offer
		return completeAddress(files, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}))
}

// thoroughFlag adds --thorough.
func thoroughFlag(cmd *cobra.Command, extent *plan.Extent) {
	cmd.Flags().BoolFunc("thorough", "also test the cells that a usual run skips to save time; if --only selects a cell, stalemate tests the cell even without --thorough", func(text string) error {
		thorough, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("give true or false: %w", err)
		}
		*extent = plan.Usual
		if thorough {
			*extent = plan.Thorough
		}
		return nil
	})
}

// onlyFlags refuses arguments. If a shell expands -f *.yaml, every file but the first becomes an argument.
func onlyFlags(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if _, err := os.Stat(args[0]); err != nil && !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(args[0])) {
		return cobra.NoArgs(cmd, args)
	}
	return fmt.Errorf("%s has no -f before it: type -f before each file, as in -f %s, or give -f the folder", args[0], record.ShellWord(args[0]))
}

// refuseRepeat refuses --repeat 0. Elsewhere 0 means that the files decide.
func refuseRepeat(cmd *cobra.Command, o run.Options) error {
	if cmd.Flags().Changed("repeat") && o.Repeat < 1 {
		return fmt.Errorf("--repeat %d: give 1 to %d holds a cell", o.Repeat, plan.MaxRepeat)
	}
	return nil
}

// anySeverity is the word of --fail-on with which every failure counts.
const anySeverity = "any"

// failOnWords are the values of --fail-on.
func failOnWords() []string {
	words := []string{anySeverity}
	for _, s := range slices.Backward(record.Severities()) {
		words = append(words, string(s))
	}
	return words
}

// failOnUsage is the text of --fail-on. What names that whose severity counts.
func failOnUsage(what string) string {
	return "the lowest `severity` of " + what + " that gives exit status 1: " + strings.Join(failOnWords(), ", ")
}

// failOn reads --fail-on.
func failOn(word string) (record.Severity, error) {
	if !slices.Contains(failOnWords(), word) {
		return "", fmt.Errorf("--fail-on %q: give one of %s", word, strings.Join(failOnWords(), ", "))
	}
	if word == anySeverity {
		return "", nil
	}
	return record.Severity(word), nil
}

// registryFlag adds --registry.
func registryFlag(cmd *cobra.Command, registry *string) {
	cmd.Flags().StringVar(registry, "registry", "", "if the name of an image contains no registry, pull the image from this registry `host`, such as mirror.example:5000")
}

// The texts of flags that several commands have.
const (
	allUsage    = "print long lists in full"
	budgetUsage = "maximum time for a run, such as 6m (0: no maximum). If a run could take longer, stalemate does not start the run. If a run takes longer, stalemate stops the run"
	dryRunUsage = "do not start the run, but check the command line and all files; print the plan of the run, and how long the run would take"
	outUsage    = "write the event log to this `folder`; the command `stalemate report` makes reports from an event log"
	onlyUsage   = "select only the cells whose address matches this `pattern`; * stands for any text, and | means \"or\""
	policyUsage = "apply the maximum times in this policy `file` to all cells, in addition to the limits in the target file"
)

// oneArgument refuses all but one argument. What names it.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%d arguments: give one %s, as in `%s`\nsee `%s --help`", len(args), what, cmd.UseLine(), cmd.CommandPath())
		}
		return nil
	}
}
