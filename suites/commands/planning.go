package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

// planFlags adds the flags of every command that plans a run.
func planFlags(cmd *cobra.Command, o *session.Options) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.Files, "file", "f", nil, "target `file`, or a folder of them (may be given more than once)")
	flags.StringVar(&o.Only, "only", "", "only the cells whose address matches the `pattern`; alternatives with |, * for anything")
	flags.StringVar(&o.Image, "image", "", "test this `image` instead of that of the only target file")
	flags.StringVar(&o.Policy, "policy", "", "`file` of limits for the whole fleet: for cells without one, and beside longer ones")
	flags.IntVar(&o.Repeat, "repeat", 0, fmt.Sprintf("hold each cell this `many` times, up to %d, instead of what the files say", plan.MaxRepeat))
	cobra.CheckErr(cmd.MarkFlagRequired("file"))
	cobra.CheckErr(cmd.MarkFlagFilename("file", "yaml", "yml"))
	cobra.CheckErr(cmd.MarkFlagFilename("policy", "yaml", "yml"))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("image", cobra.NoFileCompletions))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("only", func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return completeAddress(o.Files, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}))
}

// thoroughFlag adds --thorough.
func thoroughFlag(cmd *cobra.Command, extent *plan.Extent) {
	cmd.Flags().BoolFunc("thorough", "also what the files leave to a thorough run; what --only matches runs without this flag too", func(text string) error {
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

// onlyFlags refuses arguments. A shell that unfolds -f *.yaml makes all files but the first into some.
func onlyFlags(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if _, err := os.Stat(args[0]); err != nil && !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(args[0])) {
		return cobra.NoArgs(cmd, args)
	}
	return fmt.Errorf("%s stands alone: give each file its own -f, as in -f %s, or name the folder that they are in", args[0], record.ShellWord(args[0]))
}

// refuseRepeat refuses --repeat 0, which without the flag means that the files decide.
func refuseRepeat(cmd *cobra.Command, o session.Options) error {
	if cmd.Flags().Changed("repeat") && o.Repeat < 1 {
		return fmt.Errorf("--repeat %d: give 1 to %d holds a cell", o.Repeat, plan.MaxRepeat)
	}
	return nil
}

// completeAddress offers the next part of every address that begins as typed. The
// targets are those of the files named so far. After a | another pattern begins.
func completeAddress(files []string, typed string) []string {
	targets, err := fixtures.LoadAll(files, os.LookupEnv)
	if err != nil {
		return nil
	}
	var addresses []string
	for _, t := range targets {
		addresses = append(append(addresses, plan.Addresses(t)...), plan.StartAddresses(t)...)
	}
	return nextParts(addresses, typed)
}

// nextParts are the addresses that go on as typed, each up to its next slash.
func nextParts(addresses []string, typed string) []string {
	before, last := "", typed
	if i := strings.LastIndexByte(typed, '|'); i >= 0 {
		before, last = typed[:i+1], typed[i+1:]
	}
	var offers []string
	for _, address := range addresses {
		rest, ok := strings.CutPrefix(address, last)
		if !ok || rest == "" {
			continue
		}
		if i := strings.IndexByte(rest[1:], '/'); i >= 0 {
			rest = rest[:i+2]
		}
		if offer := before + last + rest; !slices.Contains(offers, offer) {
			offers = append(offers, offer)
		}
	}
	return offers
}

// completeStage offers the stages at which --stage can park a connection.
func completeStage(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return holdStages(), cobra.ShellCompDirectiveNoFileComp
}

// anySeverity is the word of --fail-on under which every failure counts.
const anySeverity = "any"

// failOnWords are what --fail-on takes.
func failOnWords() []string {
	words := []string{anySeverity}
	for _, s := range slices.Backward(record.Severities()) {
		words = append(words, string(s))
	}
	return words
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
	cmd.Flags().StringVar(registry, "registry", "", "`host` of the registry that is asked for images which name none, such as mirror.example:5000")
}
