package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"stalemate/containers/image"
	"stalemate/fixtures"
	"stalemate/reports"
	"stalemate/reports/compare"
	"stalemate/reports/progress"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

// compareFlags are what `stalemate compare` is asked for.
type compareFlags struct {
	session.Options
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

// defaultRepeats is how many pods of each side a cell is held in; as many again where they disagree.
const defaultRepeats = 5

func compareCommand() *cobra.Command {
	f := &compareFlags{}
	command := &cobra.Command{
		Use:   "compare",
		Short: "Compares two builds of one server, cell by cell: what an upgrade changes",
		Long: `Compares two builds of one server, cell by cell, at the same time on the same machine.

Each cell is held in several pods of each build, the pods of both beside each other. A cell is
  same          both let go at the same time, or neither does
  fixed         the baseline kept what the candidate lets go
  regressed     the candidate keeps what the baseline let go or did not have, breaks a limit of
                the file that the baseline met, or no longer starts
  changed       it is let go at another time: by more than 1 s, 10 % and three times the spread
  inconclusive  the repeats disagree, as many more did too, or most told nothing
What breaks its limit on both sides alike is the same: the file need not be right about the
server for the two builds to be compared.

Without --baseline the baseline is what the file itself names; without --candidate the
candidate is what --candidate-file names. Cells are matched without the targets' names.

Exit status, the first that applies: 2 wrong usage or a bad target file; 1 a cell regressed or
changed with the severity of --fail-on or a worse one; 3 something was inconclusive, or nothing
was compared; 0.`,
		Example: `  stalemate compare -f target.yaml --baseline example/edge:1.26 --candidate example/edge:1.28
  stalemate compare -f old/target.yaml --candidate-file new/target.yaml --only '*/http.keep-alive'
  stalemate compare -f target.yaml --baseline-log reports/old/events.jsonl --candidate example/edge:1.28`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Command = commandLine(os.Args[1:])
			return runCompare(cmd, f)
		},
	}
	flags := command.Flags()
	flags.StringArrayVarP(&f.Files, "file", "f", nil, "target `file` of both builds")
	flags.StringVar(&f.baseline, "baseline", "", "`image` that is there now; default: what the file names")
	flags.StringVar(&f.candidate, "candidate", "", "`image` that is to replace it")
	flags.StringVar(&f.candidateFile, "candidate-file", "", "target `file` of the candidate, where it needs another")
	flags.StringVar(&f.baselineLog, "baseline-log", "", "event `log` of an earlier compare or check, which stands for the baseline")
	flags.IntVar(&f.repeats, "repeats", defaultRepeats, fmt.Sprintf("pods of each build that a cell is held in, up to %d; as many again where they disagree", plan.MaxRepeat))
	flags.StringVar(&f.Only, "only", "", "only the cells whose address matches the `pattern`; alternatives with |, * for anything")
	flags.StringVar(&f.Policy, "policy", "", "`file` of limits for the whole fleet: for cells without one, and beside longer ones")
	flags.StringVar(&f.Waivers, "waivers", "", "`file` of the candidate's failures that are accepted for a while")
	flags.StringVar(&f.failOn, "fail-on", string(record.High), "the least `severity` that makes the run fail: "+strings.Join(failOnWords(), ", "))
	flags.DurationVar(&f.budget, "budget", 0, "refuse a run that may take longer, such as 6m; 0 for no bound")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would run and how long it would take, and stop")
	flags.BoolVar(&f.all, "all", false, "show long lists whole")
	flags.StringVar(&f.Out, "out", filepath.Join("reports", "out"), "`folder` of the event log, from which every report can be drawn again")
	flags.StringVar(&f.reports.JUnit, "junit", "", "write JUnit XML to this `file`")
	flags.StringVar(&f.reports.JSON, "json", "", "write one JSON document to this `file`")
	flags.StringVar(&f.reports.HTML, "html", "", "write one HTML page to this `file`")
	thoroughFlag(command, &f.Extent)
	registryFlag(command, &f.Registry)
	cobra.CheckErr(command.MarkFlagRequired("file"))
	for _, name := range []string{"file", "candidate-file", "policy", "waivers"} {
		cobra.CheckErr(command.MarkFlagFilename(name, "yaml", "yml"))
	}
	cobra.CheckErr(command.MarkFlagFilename("baseline-log", "jsonl"))
	cobra.CheckErr(command.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(failOnWords(), cobra.ShellCompDirectiveNoFileComp)))
	return command
}

func runCompare(cmd *cobra.Command, f *compareFlags) error {
	c, err := f.load()
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	if f.dryRun {
		return c.printPlan(cmd.OutOrStdout())
	}
	inputs := append(targetFiles(c.first), file{"the policy", f.Policy}, file{"the file of waivers", f.Waivers}, file{"the log of the baseline", f.baselineLog})
	if f.Replaces, err = outputsOf(f.reports, filepath.Join(f.Out, session.EventLog), inputs...).ready(); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := session.Prepare(ctx, c.first, f.Options)
	if err == nil {
		line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
		err = c.haveImages(ctx, s)
		line.Stop()
	}
	if err == nil {
		err = s.Log.Publish() // not sooner: the log that is there may be the baseline's
	}
	if err != nil {
		if s != nil {
			err = errors.Join(err, s.Close(err.Error()))
		}
		return unstarted(err)
	}
	for _, e := range c.saved {
		s.Log.Write(e)
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	err = c.run(ctx, s)
	line.Stop()
	why := ""
	switch {
	case ctx.Err() != nil:
		why = "interrupted"
	case err != nil:
		why = err.Error()
	}
	end := s.Close(why)
	events, err := record.ReadFile(s.LogPath)
	if err != nil {
		return concluded(ExitInconclusive, end, err)
	}
	f.reports.Log, f.reports.Terminal = s.LogPath, cmd.OutOrStdout()
	return drawComparison(events, f.reports, f.all, end)
}

// drawComparison draws every view of a comparison from its log, and returns its exit status.
func drawComparison(events []record.Event, o reports.Options, all bool, faults ...error) error {
	c, err := reports.RenderComparison(events, o, all)
	return concluded(c.Exit(), append(faults, err)...)
}

// haveImages makes sure of both images before any pod starts, so that a wrong name costs one wait and not ten.
func (c *comparison) haveImages(ctx context.Context, s *session.Session) error {
	for _, side := range []struct {
		name   record.Side
		target *fixtures.Target
	}{{record.Baseline, c.Baseline}, {record.Candidate, c.Candidate}} {
		if t := side.target; t != nil {
			source := image.Source{Image: t.Image, Build: t.Build, Args: t.BuildArgs, Platform: t.Platform}
			if _, err := s.Campaign.Images.Target(ctx, source); err != nil {
				return fmt.Errorf("the %s of target %s: %w", side.name, t.Name, err)
			}
		}
	}
	return nil
}

// run holds every cell, and those once more that are not settled then.
func (c *comparison) run(ctx context.Context, s *session.Session) error {
	s.Campaign.Start(ctx)
	s.Campaign.Wait()
	events, err := record.ReadFile(s.LogPath)
	if err != nil {
		return err
	}
	so, err := compare.FromLog(events)
	if err != nil {
		return err
	}
	unsettled := so.Unsettled()
	if len(unsettled) == 0 || ctx.Err() != nil {
		return nil
	}
	s.Log.Write(record.Event{Kind: record.Observed, Note: fmt.Sprintf("held once more, since repeats disagree: %s", strings.Join(unsettled, ", "))})
	p, err := c.Again(func(name string) bool { return slices.Contains(unsettled, name) }).Make()
	if err != nil {
		return err
	}
	config := s.Campaign.Config
	config.Plan = p
	more := campaign.New(config)
	more.Start(ctx)
	more.Wait()
	return nil
}
