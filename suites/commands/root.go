// Package commands is the stalemate command: flags in, exit status out. Each
// command has a file of its own.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"stalemate/reports/record"
)

// Execute runs the command line and returns its exit status. An error without a
// status of its own is a wrong usage.
func Execute(args []string, in io.Reader, out, errOut io.Writer) int {
	root := Root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
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

// Root is the whole command tree.
func Root() *cobra.Command {
	root := &cobra.Command{
		Use:           "stalemate",
		Short:         "Finds servers that wait for ever, and servers that do not come back",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		checkCommand(),
		learnCommand(),
		compareCommand(),
		listCommand(),
		renderCommand(),
		holdCommand(),
		inspectCommand(),
		reportCommand(),
		doctorCommand(),
		cleanCommand(),
		versionCommand(),
		manCommand(),
		podCommand(),
	)
	return root
}
