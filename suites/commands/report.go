package commands

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stalemate/reports"
	"stalemate/reports/record"
	"stalemate/reports/terminal"
	"stalemate/suites/verdict"
)

func reportCommand() *cobra.Command {
	var o reports.Options
	var run string
	var all bool
	command := &cobra.Command{
		Use:   "report LOG",
		Short: "Make the reports of an earlier run again, from its event log",
		Long: `"stalemate report" reads the event log of an earlier run and prints the report of the earlier run.
An event log contains everything that happened during a run. "stalemate check" and "stalemate
compare" write event logs. LOG is the path of an event log.

The exit status of "stalemate report" is the exit status of the earlier run. If stalemate cannot
read the event log, the exit status is 2.`,
		Example: `  stalemate report reports/out/events.jsonl
  stalemate report reports/out/events.jsonl --junit junit.xml --html report.html`,
		Args:              oneArgument("LOG"),
		ValidArgsFunction: completeLog,
		RunE: func(cmd *cobra.Command, args []string) error {
			events, err := record.ReadFile(args[0])
			if err != nil {
				return err
			}
			// The log of an earlier version, or of a run that was killed, lacks outcomes of a comparison. The function that
			// the run uses judges them here, from the same events.
			events = append(events, verdict.Outcomes(events)...)
			if events, err = oneRun(events, run); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if err := aim(cmd, &o); err != nil {
				return err
			}
			if _, err := outputsOf(o, "", file{"the event log", args[0]}).ready(); err != nil {
				return err
			}
			o.Log = args[0]
			if all {
				o.Look.Most = -1
			}
			s, err := reports.Render(events, o)
			return concluded(s.Exit(), err)
		},
	}
	flags := command.Flags()
	reportFlags(command, &o)
	flags.StringVar(&run, "run", "", "if the event log contains several runs, report the run with this `id` (default: the last run)")
	flags.BoolVar(&all, "all", false, allUsage)
	return command
}

// oneRun picks the run of that name. Without a name it picks the run that compares two builds, since a saved baseline's
// run can be in the same log, or else the last.
func oneRun(events []record.Event, name string) ([]record.Event, error) {
	runs := record.Runs(events)
	if at := slices.IndexFunc(runs, record.Compares); name == "" && at >= 0 {
		return runs[at], nil
	}
	if name == "" && len(runs) > 0 {
		return runs[len(runs)-1], nil
	}
	for _, run := range runs {
		if run[0].Run == name {
			return run, nil
		}
	}
	if name == "" {
		return nil, fmt.Errorf("the log has no events: is it the events.jsonl of a run?")
	}
	return nil, fmt.Errorf("the log has no run %q; it has %s", name, strings.Join(names(runs), ", "))
}

func names(runs [][]record.Event) []string {
	var all []string
	for _, run := range runs {
		all = append(all, run[0].Run)
	}
	return all
}

// look is how to draw on out.
func look(out io.Writer) terminal.Options {
	if file, ok := out.(*os.File); ok {
		return terminal.OptionsFor(file, os.Getenv)
	}
	return terminal.Options{}
}
