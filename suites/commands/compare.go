package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"stalemate/containers/image"
	"stalemate/fixtures/target"
	"stalemate/reports"
	"stalemate/reports/progress"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/upgrade"
)

// compareFlags are the flags of `stalemate compare`.
type compareFlags struct {
	run.Options
	reports       reports.Options
	baseline      string
	candidate     string
	candidateFile string
	baselineLog   string
	failOn        string
	repeats       int
	budget        time.Duration
	dryRun        bool
	all           bool
}

// defaultRepeats is the number of pods of each build for each cell; as many again if they disagree.
const defaultRepeats = 5

func compareCommand() *cobra.Command {
	f := &compareFlags{}
	command := &cobra.Command{
		Use:   "compare",
		Short: "Compare two images of a server before an upgrade",
		Long: `stalemate compare tests two images of one server at the same time. The baseline is the image that
you run now. The candidate is the image that you want to run next. stalemate reports what the
upgrade from the baseline to the candidate changes.

A cell is one test. For example, one cell tests what the server does if a client stops in the middle
of a TLS handshake. stalemate tests each cell 5 times with each image. If the 5 results of an image
are different, stalemate tests the cell 5 more times. The flag --repeats sets a number other than 5.

Each cell gets one of the following outcomes:
  - same: The baseline and the candidate behave alike.
  - fixed: The candidate is better than the baseline.
  - regressed: The candidate is worse than the baseline.
  - changed: The candidate behaves differently, but is neither better nor worse.
  - waived: The cell regressed or changed, but the waivers file accepts the failure.
  - inconclusive: After all repeats, the results of an image still differ, or most results are
    missing.
  - n/a: The two images do not have the stage that the cell tests.

The candidate is worse than the baseline in each of the following cases:
  - The baseline closes a connection, but the candidate does not.
  - The baseline frees the process that served a connection, but the candidate does not.
  - The baseline closes a connection within its limit, but the candidate does not.
  - A process of the candidate crashes, but no process of the baseline crashes.
  - After a crash, the baseline starts, but the candidate does not start or starts too late.
  - After a crash, the whole baseline works, but only a part of the candidate works.
  - The candidate fails in a cell whose stage the baseline does not have.

If the two images close a connection, stalemate computes the median time of each image. The spread
of an image is the difference between its longest time and its shortest time. The images behave
alike if the difference between the two medians is at most the largest of the following values:
  - one second
  - one tenth of the median time of the baseline
  - three times the spread of the baseline
  - three times the spread of the candidate

There is one exception: one image always closes the connection within the limit, and the other image
never closes the connection within the limit. In the exception, a difference of more than 0.25 s
counts. The difference must also be more than 3 times the spread of each image.

If the baseline and the candidate close a connection equally late, the outcome is "same". You can
therefore compare two images even if the limits in the target file are wrong.

Without --baseline, the baseline is the image in the target file that -f names. Without --candidate,
the candidate is the image in the target file that --candidate-file names. stalemate ignores the
names of the servers: the two target files may contain different names.

Exit status (if more than one line is true, the first true line counts):
  - Status 2: The run did not start. The command line or a target file is wrong, or the run could
    take longer than --budget.
  - Status 1: At least one cell regressed or changed. Only cells with the severity of --fail-on or a
    higher severity count.
  - Status 3: At least one cell is inconclusive, no cell could be compared, or the run took longer
    than --budget.
  - Status 0: All other results. A cell with a lower severity than --fail-on can have regressed or
    changed. The last line of the report then says REGRESSED or CHANGED, and not PASS.`,
		Example: `  stalemate compare -f target.yaml --baseline example/edge:1.26 --candidate example/edge:1.28
  stalemate compare -f old/target.yaml --candidate-file new/target.yaml --only '*/http.keep-alive'
  stalemate compare -f target.yaml --candidate example/edge:1.28 --baseline-log old/events.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Command = commandLine(os.Args[1:])
			return runCompare(cmd, f)
		},
	}
	flags := command.Flags()
	flags.StringArrayVarP(&f.Files, "file", "f", nil, "read this target `file`, which describes the baseline and the candidate (default: "+defaultFile+" in the current folder)")
	namedFlag(flags, &f.baseline, "baseline", "image", "test this `image` as the baseline (default: the image in the target file)")
	namedFlag(flags, &f.candidate, "candidate", "image", "test this `image` as the candidate")
	namedFlag(flags, &f.candidateFile, "candidate-file", "file", "read this target `file` for the candidate, instead of the file that -f names")
	namedFlag(flags, &f.Only, "only", "pattern", onlyUsage)
	flags.BoolVar(&f.dryRun, "dry-run", false, dryRunUsage)
	reportFlags(command, &f.reports)
	flags.StringVar(&f.Out, "out", filepath.Join("reports", "out"), outUsage)
	flags.BoolVar(&f.all, "all", false, allUsage)
	flags.IntVar(&f.repeats, "repeats", defaultRepeats, fmt.Sprintf("test each cell this `number` of times with each image, at most %d times", plan.MaxRepeat))
	flags.StringVar(&f.failOn, "fail-on", string(record.High), failOnUsage("a regressed or changed cell"))
	namedFlag(flags, &f.Policy, "policy", "file", policyUsage)
	namedFlag(flags, &f.Waivers, "waivers", "file", "accept the failures of the candidate that this waivers `file` lists; each waiver applies until its expiry date")
	namedFlag(flags, &f.baselineLog, "baseline-log", "log", "do not test the baseline, but read its results from this event `log` of an earlier run of compare or check")
	flags.DurationVar(&f.budget, "budget", 0, budgetUsage)
	thoroughFlag(command, &f.Extent)
	registryFlag(command, &f.Registry)
	useDefaultFile(command, &f.Files)
	for _, name := range []string{"baseline", "candidate"} {
		cobra.CheckErr(command.RegisterFlagCompletionFunc(name, completeImage))
	}
	for _, name := range []string{"file", "candidate-file", "policy", "waivers"} {
		cobra.CheckErr(command.MarkFlagFilename(name, "yaml", "yml"))
	}
	cobra.CheckErr(command.MarkFlagFilename("baseline-log", "jsonl"))
	cobra.CheckErr(command.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(failOnWords(), cobra.ShellCompDirectiveNoFileComp)))
	return command
}

func runCompare(cmd *cobra.Command, f *compareFlags) error {
	u, err := f.load()
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	if err := aim(cmd, &f.reports); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	inputs := append(targetFiles(u.First), file{"the policy", f.Policy}, file{"the waivers file", f.Waivers}, file{"the baseline's log", f.baselineLog})
	files := outputsOf(f.reports, filepath.Join(f.Out, run.EventLog), inputs...)
	if f.dryRun {
		if err := files.foresee(); err != nil {
			return &Status{Code: ExitUsage, Err: err}
		}
		return printComparison(cmd.OutOrStdout(), u)
	}
	if f.Replaces, err = files.ready(); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	signals := interruptible(cmd.Context())
	defer signals.stop()
	ctx, enough := withinBudget(signals, f.budget)
	defer enough()
	f.Suites, f.Specs, f.Hurry = suites(), []string{record.UpgradeSuite}, signals.again
	s, err := run.Prepare(ctx, u.First, f.Options)
	if err == nil {
		line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
		err = haveImages(ctx, s, u)
		line.Stop()
	}
	if err == nil {
		err = s.Log.Publish() // not sooner: the log that is there may be the baseline's
	}
	if err != nil {
		if s != nil {
			err = errors.Join(orStopped(ctx, err), s.Close(err.Error()))
		}
		return unstarted(err)
	}
	for _, e := range u.Saved {
		s.Log.Write(e)
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	err = assertUpgrade(ctx, u, s, u.Open(s, f.FailOn))
	line.Stop()
	why := stopped(ctx)
	if why == "" && err != nil {
		why = err.Error()
	}
	end := s.Close(why)
	events, err := record.ReadFile(s.LogPath)
	if err != nil {
		return concluded(ExitInconclusive, end, err)
	}
	if events, err = oneRun(events, s.Run); err != nil {
		return concluded(ExitInconclusive, end, err)
	}
	f.reports.Log = s.LogPath
	if f.all {
		f.reports.Look.Most = -1
	}
	summary, err := reports.Render(events, f.reports)
	return concluded(summary.Exit(), end, err)
}

// haveImages makes sure of both images before any pod starts, so that a wrong name costs one wait and not ten.
func haveImages(ctx context.Context, s *run.Session, u *upgrade.Upgrade) error {
	for _, side := range []struct {
		name   record.Side
		target *target.Target
	}{{record.Baseline, u.Baseline}, {record.Candidate, u.Candidate}} {
		if t := side.target; t != nil {
			source := image.Source{Image: t.Image, Build: t.Build, Args: t.BuildArgs, Platform: t.Platform}
			if _, err := s.Execution.Images.Target(ctx, source); err != nil {
				return fmt.Errorf("the %s of target %s: %w", side.name, t.Name, err)
			}
		}
	}
	return nil
}
