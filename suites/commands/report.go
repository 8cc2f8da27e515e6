package commands

import (
	"fmt"
	"io"
	"os"

	"stalemate/reports"
	"stalemate/reports/compare"
	"stalemate/reports/record"
	"stalemate/reports/terminal"

	"github.com/spf13/cobra"
)

// reportCommand draws the reports of a run again from its log. Its exit status is the run's.
func reportCommand() *cobra.Command {
	var o reports.Options
	var run string
	var all bool
	command := &cobra.Command{
		Use:   "report LOG",
		Short: "Draws the reports of a run again from its log",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			events, err := record.ReadFile(args[0])
			if err != nil {
				return err
			}
			compared := run == "" && compare.IsComparison(events)
			if !compared {
				if events, err = oneRun(events, run); err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
			}
			if _, err := outputsOf(o, "", file{"the log itself", args[0]}).ready(); err != nil {
				return err
			}
			if compared {
				o.Log, o.Terminal = args[0], cmd.OutOrStdout()
				return drawComparison(events, o, all)
			}
			o.Log, o.Terminal, o.Look = args[0], cmd.OutOrStdout(), look(cmd.OutOrStdout())
			if all {
				o.Look.Most = -1
			}
			s, err := reports.Render(events, o)
			return concluded(s.Exit(), err)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.JUnit, "junit", "", "write JUnit XML to this `file`")
	flags.StringVar(&o.JSON, "json", "", "write one JSON document to this `file`")
	flags.StringVar(&o.HTML, "html", "", "write one HTML page to this `file`")
	flags.StringVar(&run, "run", "", "the `run` to draw, where the log holds several (default: the last)")
	flags.BoolVar(&all, "all", false, "show long lists whole")
	return command
}

// oneRun picks the run of that name, or the last.
func oneRun(events []record.Event, name string) ([]record.Event, error) {
	runs := record.Runs(events)
	if name == "" && len(runs) > 0 {
		return runs[len(runs)-1], nil
	}
	for _, run := range runs {
		if run[0].Run == name {
			return run, nil
		}
	}
	if name == "" {
		return nil, fmt.Errorf("no event in it")
	}
	return nil, fmt.Errorf("no run %q in it", name)
}

// look is how to draw on out.
func look(out io.Writer) terminal.Options {
	if file, ok := out.(*os.File); ok {
		return terminal.OptionsFor(file, os.Getenv)
	}
	return terminal.Options{}
}
