package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"stalemate/containers/engine"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Says whether this machine can run checks, and what to do where it cannot",
		Long: `Says whether this machine can run checks, and what to do where it cannot.

It starts one small container of ours, where its image is there, and asks a registry for
one name. Exit status 0: it can (a WARN says what will be not-run, or take longer); 3: it cannot.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			findings := engine.Diagnose(ctx)
			if ctx.Err() != nil {
				return &Status{Code: ExitInconclusive, Err: errors.New("interrupted")}
			}
			if err := writeFindings(cmd.OutOrStdout(), findings, columns(cmd.OutOrStdout())); err != nil {
				return err
			}
			for _, f := range findings {
				if f.Level == engine.Fail {
					return &Status{Code: ExitInconclusive, Err: errors.New("this machine cannot run checks as it is")}
				}
			}
			return nil
		},
	}
}

// writeFindings prints a table: how it stands, what was found, what to do.
func writeFindings(out io.Writer, findings []engine.Finding, width int) error {
	used := len("FAIL") + 4
	longest := 0
	for _, f := range findings {
		longest = max(longest, len(f.Name))
	}
	writer := newTable(table.Row{"", "what", "found"}, width, used+longest)
	for _, f := range findings {
		found := f.Detail
		if f.ToDo != "" {
			found += "\n-> " + f.ToDo
		}
		writer.AppendRow(table.Row{strings.ToUpper(string(f.Level)), f.Name, found})
	}
	if err := printTable(out, writer); err != nil {
		return fmt.Errorf("print what was found: %w", err)
	}
	return nil
}
