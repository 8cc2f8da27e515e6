package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stalemate/reports/html"
	"stalemate/reports/record"
	"stalemate/reports/record/atomicfile"
)

func indexCommand() *cobra.Command {
	var page string
	command := &cobra.Command{
		Use:   "index DIR",
		Short: "Make one HTML page from the event logs of many runs",
		Long: `"stalemate index" reads all event logs (*.jsonl) in a folder and in its subfolders, and writes one
HTML page. For each target, the page shows the results of the latest run, and how earlier runs
ended. The page also contains a table of all targets and stages. A list of all waivers shows for how
many days each waiver is still valid. "stalemate index" ignores the event logs of "stalemate
compare".

Keep the event log of each run in a different file. For example, use --out with a new folder
for each run.`,
		Example: `  stalemate index logs
  stalemate index logs --html fleet.html`,
		Args: oneArgument("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, left, err := readRuns(args[0])
			if err != nil {
				return err
			}
			if page == "" {
				page = filepath.Join(args[0], "index.html")
			}
			if err := writable(page); err != nil {
				return fmt.Errorf("--html: %w", err)
			}
			err = atomicfile.Write(page, 0o644, func(out io.Writer) error { return html.WriteIndex(out, runs, left, time.Now()) })
			if err != nil {
				return &Status{Code: ExitInconclusive, Err: fmt.Errorf("write %s: %w", page, err)}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s from %s\n", page, record.Counted(len(runs), "run"))
			if len(left) > 0 {
				return concluded(ExitInconclusive, fmt.Errorf("%s could not be read:\n%s", record.Counted(len(left), "log"), strings.Join(left, "\n")), err)
			}
			return err
		},
	}
	command.Flags().StringVar(&page, "html", "", "write the page to this `file` (default: index.html in DIR)")
	return command
}

// readRuns reads the logs of a folder. left are those that could not be read, and why.
func readRuns(dir string) (runs []record.Summary, left []string, err error) {
	logs := 0
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() || filepath.Ext(path) != ".jsonl":
			return nil
		}
		logs++
		events, err := record.ReadFile(path)
		if err != nil {
			left = append(left, err.Error())
			return nil
		}
		for _, run := range record.Runs(events) {
			if s := record.Summarise(run); s.Comparison == nil {
				runs = append(runs, s)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("read the logs of %s: %w", dir, err)
	case logs == 0:
		return nil, nil, errors.New(dir + " has no event log (*.jsonl): give the folder in which you keep the events.jsonl of your runs")
	}
	return runs, left, nil
}
