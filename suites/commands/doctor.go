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
		Short: "Find out whether this machine can run checks, and what is missing",
		Long: `stalemate doctor finds out whether this machine can run checks. A check is a run of "stalemate
check". If something is missing, stalemate says what to do.

The first check builds stalemate's helper image. stalemate starts small containers from the helper
image, next to a server. If the helper image exists, stalemate starts one small container from the
image and then removes the container. stalemate also tries to reach an image registry.

Exit status:
  - Status 0: This machine can run checks. If stalemate prints a line with WARN, stalemate will skip
    some tests, or some tests will take longer.
  - Status 3: This machine cannot run checks. A line with FAIL says what to do.`,
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
					return &Status{Code: ExitInconclusive, Err: errors.New("this machine cannot run checks: do what is behind -> at each FAIL")}
				}
			}
			return nil
		},
	}
}

// writeFindings prints a table: the level, the subject, what was found, and what to do.
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
