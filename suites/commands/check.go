package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"stalemate/reports"
	"stalemate/reports/progress"
	"stalemate/reports/record"
	"stalemate/reports/terminal"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// checkFlags are the flags of `stalemate check`.
type checkFlags struct {
	run.Options
	reports reports.Options
	dryRun  bool
	failOn  string
	budget  time.Duration
}

func checkCommand() *cobra.Command {
	f := &checkFlags{}
	check := &cobra.Command{
		Use:   "check",
		Short: "Check that servers close silent connections in time, and start again after a crash",
		Long: `"stalemate check" starts each server in containers and opens connections to the server. On each
connection, stalemate stops at one stage of the protocol, such as the middle of a TLS handshake. The
target file contains a limit for each stage: the time after which the server must close the
connection. stalemate measures whether the server closes the connection at the limit. stalemate also
measures whether the server then frees the process that served the connection.

If the target file contains the key "leftovers", stalemate also kills the server and starts the
server again.

A cell is one test. Each cell has an address, such as shop/tls/tls.client-hello/silent. The command
"stalemate list" prints the addresses of all cells.

stalemate tests many cells at the same time. The containers of the servers cannot reach other
networks.

Exit status (if more than one line is true, the first true line counts):
  - Status 2: The run did not start. The command line or a target file is wrong, --strict refused a
    target file, or the run could take longer than --budget.
  - Status 1: At least one cell failed.
  - Status 3: At least one cell is inconclusive, all cells were skipped, or the run took longer
    than --budget.
  - Status 0: Every cell that was not skipped passed.`,
		Example: `  stalemate check -f target.yaml
  stalemate check -f target.yaml --only '*/http.keep-alive'
  stalemate check -f target.yaml --image example/edge:2 --budget 6m --junit junit.xml
  stalemate check -f target.yaml --policy policy.yaml --waivers waivers.yaml
  stalemate check -f fixtures --shard 2/3 --out shard-2`,
		Args: onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Command = commandLine(os.Args[1:])
			return runCheck(cmd, f)
		},
	}
	planFlags(check, &f.Options)
	flags := check.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, dryRunUsage)
	reportFlags(check, &f.reports)
	flags.StringVar(&f.Out, "out", filepath.Join("reports", "out"), outUsage)
	namedFlag(flags, &f.Waivers, "waivers", "file", "accept the failures that this waivers `file` lists; each waiver applies until its expiry date")
	flags.StringVar(&f.failOn, "fail-on", anySeverity, failOnUsage("a failure"))
	flags.DurationVar(&f.budget, "budget", 0, budgetUsage)
	flags.BoolVar(&f.Strict, "strict", false, "refuse to start if a target file contains \"reviewed: false\"")
	thoroughFlag(check, &f.Extent)
	shardFlag(check, &f.Shard, &f.Shards)
	registryFlag(check, &f.Registry)
	cobra.CheckErr(check.MarkFlagFilename("waivers", "yaml", "yml"))
	cobra.CheckErr(check.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(failOnWords(), cobra.ShellCompDirectiveNoFileComp)))
	return check
}

func runCheck(cmd *cobra.Command, f *checkFlags) error {
	p, err := f.plan(cmd)
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	if err := aim(cmd, &f.reports); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	inputs := append(targetFiles(p), file{"the policy", f.Policy}, file{"the waivers file", f.Waivers})
	files := outputsOf(f.reports, filepath.Join(f.Out, run.EventLog), inputs...)
	if f.dryRun {
		if err := files.foresee(); err != nil {
			return &Status{Code: ExitUsage, Err: err}
		}
		return printPlan(cmd.OutOrStdout(), p)
	}
	if f.Replaces, err = files.ready(); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	signals := interruptible(cmd.Context())
	defer signals.stop()
	ctx, end := withinBudget(signals, f.budget)
	defer end()
	f.Suites, f.Specs, f.Hurry = suites(), suiteNames(), signals.again
	s, err := run.Open(ctx, p, f.Options)
	if err != nil {
		if s != nil {
			err = errors.Join(orStopped(ctx, err), s.Close(err.Error()))
		}
		return unstarted(err)
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	assertCells(ctx, p, s)
	line.Stop()
	return drawReports(s.LogPath, f.reports, s.Close(stopped(ctx)))
}

// plan makes the plan of the run. Its errors are wrong usage.
func (f *checkFlags) plan(cmd *cobra.Command) (*plan.Plan, error) {
	if err := refuseRepeat(cmd, f.Options); err != nil {
		return nil, err
	}
	var err error
	if f.FailOn, err = failOn(f.failOn); err != nil {
		return nil, err
	}
	if f.budget < 0 {
		return nil, badBudget(f.budget)
	}
	p, err := run.Load(f.Options)
	if err != nil {
		return nil, err
	}
	return p, fitsBudget(p, f.budget)
}

// fitsBudget refuses a plan that may take longer. It counts the time that the run takes if servers never close
// a connection: the run that finds a fault must have time for its report.
func fitsBudget(p *plan.Plan, budget time.Duration) error {
	e := p.Estimate()
	if budget == 0 || e.AtMost <= budget {
		return nil
	}
	return fmt.Errorf("--budget %s is too short: this run takes %s if every server does what its file says,\n"+
		"and up to %s if a server never closes a connection:\n"+
		"raise --budget, select fewer cells with --only, or lower cap: in the target files",
		budget, e.Expected.Round(time.Second), e.AtMost.Round(time.Second))
}

// badBudget is the error of a negative --budget.
func badBudget(budget time.Duration) error {
	return fmt.Errorf("--budget %s is negative: give a duration such as 6m, or 0 for no limit", budget)
}

// progressOptions draws one line that changes if out is a terminal, and plain lines otherwise.
func progressOptions(out io.Writer) progress.Options {
	file, ok := out.(*os.File)
	if !ok || !isTerminal(file) {
		return progress.Options{}
	}
	return progress.Options{Width: terminal.OptionsFor(file, os.Getenv).Width}
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// drawReports draws every report from the log and returns the run's exit status. If the run did not end well, the
// reports still show what was seen.
func drawReports(log string, o reports.Options, end error) error {
	if end != nil {
		end = fmt.Errorf("end the run: %w", end)
	}
	events, err := record.ReadFile(log)
	if err != nil {
		return concluded(ExitInconclusive, end, err)
	}
	o.Log = log
	summary, err := reports.Render(events, o)
	return concluded(summary.Exit(), end, err)
}

// printPlan prints what --dry-run shows.
func printPlan(out io.Writer, p *plan.Plan) error {
	for _, w := range p.Batches {
		holds := 0
		for _, u := range w.Units {
			holds += u.Holds()
		}
		fmt.Fprintf(out, "batch %d: %d pods, %d holds, each watched for at most %s\n", w.Number, len(w.Units), holds, w.Longest().Round(100*time.Millisecond))
	}
	for _, notice := range append(p.Notices, run.WaiversForeseen(p, time.Now())...) {
		fmt.Fprintln(out, notice)
	}
	e := p.Estimate()
	_, err := fmt.Fprintf(out, "%d targets, %s: %s if every server does what its file says, at most %s.\n"+
		"Both include %s for starting and stopping. Building images takes extra time.\n",
		len(p.Targets), p.Counted(), e.Expected.Round(time.Second), e.AtMost.Round(time.Second), e.Starting.Round(time.Second))
	return err
}
