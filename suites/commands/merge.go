package commands

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"stalemate/reports"
	"stalemate/reports/record"
	"stalemate/suites/run"
)

func mergeCommand() *cobra.Command {
	var o reports.Options
	var out string
	command := &cobra.Command{
		Use:   "merge LOG...",
		Short: "Combine the event logs of all shards of a run into one event log",
		Long: `stalemate merge reads the event logs of all shards of one run. A shard is a part of a run.
"stalemate check --shard" tests one shard and writes its event log. stalemate writes the event log
of the whole run, and prints the report of the whole run.

Each shard tests the canaries. A canary is a cell whose result is known. In the merged run, the
canaries of shard 2 have names such as canary-false-limit-shard-2.

Exit status (if more than one line is true, the first true line counts):
  - Status 2: The event logs are not all shards of one run, stalemate cannot read an event log, or
    stalemate cannot write a file.
  - Status 1: At least one cell failed.
  - Status 3: At least one cell is inconclusive, all cells were skipped, or a shard ended too early.
  - Status 0: Every cell that was not skipped passed.`,
		Example: `  stalemate check -f fixtures --shard 1/2 --out one
  stalemate check -f fixtures --shard 2/2 --out two
  stalemate merge one/events.jsonl two/events.jsonl --junit junit.xml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no log is given: give the event log of each shard, as in `stalemate merge one/events.jsonl two/events.jsonl`")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := aim(cmd, &o); err != nil {
				return err
			}
			path := filepath.Join(out, run.EventLog)
			events, err := mergeLogs(path, args)
			if err != nil {
				return err
			}
			var inputs []file
			for _, log := range args {
				inputs = append(inputs, file{"the event log of a shard", log})
			}
			if _, err := outputsOf(o, path, inputs...).ready(); err != nil {
				return err
			}
			if err := writeLog(path, events); err != nil {
				return err
			}
			return drawReports(path, o, nil)
		},
	}
	reportFlags(command, &o)
	command.Flags().StringVar(&out, "out", filepath.Join("reports", "out"), "write the merged event log to this `folder`")
	return command
}

// mergeLogs reads the logs and merges them. The merged log must not replace one of them.
func mergeLogs(path string, logs []string) ([]record.Event, error) {
	var all [][]record.Event
	for _, log := range logs {
		if same(path, log) {
			return nil, fmt.Errorf("--out: the merged log would replace %s, the log of a shard: give another folder", log)
		}
		events, err := record.ReadFile(log)
		if err != nil {
			return nil, err
		}
		if runs := record.Runs(events); len(runs) != 1 {
			return nil, fmt.Errorf("%s has %d runs: give logs of one run each", log, len(runs))
		}
		all = append(all, events)
	}
	events, err := record.Merge(all)
	if err != nil {
		return nil, fmt.Errorf("merge the logs: %w", err)
	}
	events[0].RunInfo.Command = commandLine(os.Args[1:])
	return events, nil
}

// writeLog writes the events as they are.
func writeLog(path string, events []record.Event) error {
	log, err := record.CreateLog(path, events[0].Run, nil)
	if err != nil {
		return err
	}
	for _, e := range events {
		_ = log.Write(e) // Close returns the first error
	}
	return errors.Join(log.Publish(), log.Close())
}
