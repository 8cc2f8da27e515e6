// Package commands is the stalemate command: flags in, exit status out. Each
// command has a file of its own.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"stalemate/reports/record"
	"stalemate/suites/run"
)

// Execute runs the command line and returns its exit status. An error that is no Status means wrong usage.
func Execute(args []string, in io.Reader, out, errOut io.Writer) int {
	root := Root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	nameDefaults(root)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return ExitOK
	}
	var status *Status
	if !errors.As(err, &status) {
		status = &Status{Code: ExitUsage, Err: err}
	}
	if status.Err != nil {
		fmt.Fprintln(errOut, "stalemate:", record.CleanLines(status.Err.Error()))
	}
	return status.Code
}

// keepOrder makes cobra list commands in the order in which they are added. Cobra has a global for it.
var keepOrder = sync.OnceFunc(func() { cobra.EnableCommandSorting = false })

// Root is the whole command tree. The commands that people type most come first.
func Root() *cobra.Command {
	keepOrder()
	root := &cobra.Command{
		Use:   "stalemate",
		Short: "Find servers that wait forever for a silent client, or do not start again after a crash",
		Long: `stalemate finds two faults in servers:
  - A timeout does not work. The server waits forever if a client sends nothing more.
  - After a crash, the server does not start again. A file or another object that the dead server
    left behind prevents the start.

stalemate starts the server in containers. stalemate then tests whether the server has one of the
two faults, and reports the result.

Most commands read a target file. A target file describes the image, the ports and the timeouts of
one server. "stalemate learn" tests a server and writes the first target file for the server.`,
		Example: `  stalemate learn example/edge:1 > target.yaml
  stalemate check -f target.yaml`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	addGroup(root, &cobra.Group{ID: "test", Title: "Test servers:"},
		checkCommand(), learnCommand(), compareCommand(), listCommand())
	addGroup(root, &cobra.Group{ID: "more", Title: "Other commands:"},
		holdCommand(), inspectCommand(), doctorCommand(), reportCommand(), mergeCommand(), indexCommand(), renderCommand(), schemaCommand(), cleanCommand(), versionCommand())
	root.SetHelpCommandGroupID("more")
	root.SetCompletionCommandGroupID("more")
	root.AddCommand(manCommand(), podCommand())
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped "+helpWidth))
	root.Version = run.Version()
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.Flags().Bool("version", false, "print the version of stalemate")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nsee `%s --help`", err, cmd.CommandPath())
	})
	return root
}

// nameDefaults words the commands and flags that cobra adds as the others are worded. Call it after SetOut: cobra's
// completion command keeps the writer that it finds.
func nameDefaults(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
		switch c.Name() {
		case "help":
			c.Short = "Print the help of a command"
			c.Long = "help prints the help of a command, as in `stalemate help check`."
		case "completion":
			c.Short = "Print a script that lets your shell complete commands and flags"
			c.Long = "completion prints a script for your shell. When you press Tab, the shell uses the script to complete\n" +
				"commands and flags of stalemate. For example, \"stalemate completion bash --help\" says how to\n" +
				"install the script for bash."
		}
		c.Flags().BoolP("help", "h", false, "print this help")
	}
}

// helpWidth is the longest line of a help text.
const helpWidth = "100"

func addGroup(root *cobra.Command, group *cobra.Group, commands ...*cobra.Command) {
	root.AddGroup(group)
	for _, c := range commands {
		c.GroupID = group.ID
		c.Flags().SortFlags = false // in the order in which the command defines them
	}
	root.AddCommand(commands...)
}
