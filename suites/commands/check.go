package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"stalemate/reports"
	"stalemate/reports/progress"
	"stalemate/reports/record"
	"stalemate/reports/terminal"
	"stalemate/suites/exhaustion"
	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/startup"
	"stalemate/suites/timeouts"
)

// checkFlags are what `stalemate check` is asked for.
type checkFlags struct {
	session.Options
	reports reports.Options
	dryRun  bool
	failOn  string
	budget  time.Duration
}

func checkCommand() *cobra.Command {
	f := &checkFlags{}
	check := &cobra.Command{
		Use:   "check",
		Short: "Checks servers against the limits that their target files declare",
		Long: `Checks servers against the limits that their target files declare.

Each target is started in a pod of its own, on a network without a way out. Connections
are parked at every stage of the protocol, all at the same time, and each must be ended by
the limit that the file names: not sooner, not later, and on the server's side as well.

Exit status, the first that applies: 2 wrong usage or a bad target file; 1 a check failed;
3 something was inconclusive, or nothing was tested; 0. A run that would take longer than
--budget and, with --strict, a target file that says "reviewed: false" are refused before
anything runs, with 2.`,
		Example: `  stalemate check -f target.yaml
  stalemate check -f target.yaml --image example/edge:2 --policy policy.yaml --waivers waivers.yaml --budget 6m
  stalemate check -f fixtures --only 'apache-*/*/http.keep-alive' --junit junit.xml`,
		Args: onlyFlags,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Command = commandLine(os.Args[1:])
			return runCheck(cmd, f)
		},
	}
	planFlags(check, &f.Options)
	thoroughFlag(check, &f.Extent)
	flags := check.Flags()
	registryFlag(check, &f.Registry)
	flags.StringVar(&f.Waivers, "waivers", "", "`file` of failures that are accepted for a while")
	flags.DurationVar(&f.budget, "budget", 0, "refuse a run that may take longer, such as 6m; 0 for no bound")
	flags.BoolVar(&f.Strict, "strict", false, "refuse target files that say reviewed: false")
	flags.StringVar(&f.failOn, "fail-on", anySeverity, "the least `severity` that makes the run fail: "+strings.Join(failOnWords(), ", "))
	flags.StringVar(&f.Out, "out", filepath.Join("reports", "out"), "`folder` of the event log, from which every report can be drawn again")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would run and how long it would take, and stop")
	flags.StringVar(&f.reports.JUnit, "junit", "", "write JUnit XML to this `file`")
	flags.StringVar(&f.reports.JSON, "json", "", "write one JSON document to this `file`")
	flags.StringVar(&f.reports.HTML, "html", "", "write one HTML page to this `file`")
	cobra.CheckErr(check.MarkFlagFilename("waivers", "yaml", "yml"))
	cobra.CheckErr(check.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(failOnWords(), cobra.ShellCompDirectiveNoFileComp)))
	return check
}

func runCheck(cmd *cobra.Command, f *checkFlags) error {
	p, err := f.plan(cmd)
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	if f.dryRun {
		return printPlan(cmd.OutOrStdout(), p)
	}
	inputs := append(targetFiles(p), file{"the policy", f.Policy}, file{"the file of waivers", f.Waivers})
	if f.Replaces, err = outputsOf(f.reports, filepath.Join(f.Out, session.EventLog), inputs...).ready(); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := session.Open(ctx, p, f.Options)
	if err != nil {
		if s != nil {
			err = errors.Join(err, s.Close(err.Error()))
		}
		return unstarted(err)
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	runSpecs(ctx, p, s)
	s.Campaign.Wait()
	line.Stop()
	why := ""
	if ctx.Err() != nil {
		why = "interrupted"
	}
	return drawReports(cmd.OutOrStdout(), s.LogPath, f.reports, s.Close(why))
}

// plan makes the plan of the run, or says why it cannot be as it was asked for.
func (f *checkFlags) plan(cmd *cobra.Command) (*plan.Plan, error) {
	if err := refuseRepeat(cmd, f.Options); err != nil {
		return nil, err
	}
	var err error
	if f.FailOn, err = failOn(f.failOn); err != nil {
		return nil, err
	}
	if f.budget < 0 {
		return nil, fmt.Errorf("--budget %s: a run takes time", f.budget)
	}
	p, err := session.Load(f.Options)
	if err != nil {
		return nil, err
	}
	return p, withinBudget(p, f.budget)
}

// withinBudget refuses a plan that may take longer. What counts is what it takes when
// servers hold for ever: a run that is cut off then has no report when one is needed most.
func withinBudget(p *plan.Plan, budget time.Duration) error {
	e := p.Estimate()
	if budget == 0 || e.AtMost <= budget {
		return nil
	}
	return fmt.Errorf("--budget %s: this run takes %s where every server does what its file says, and up to %s where one holds for ever: "+
		"raise the budget, narrow it with --only, or lower cap: in the target files", budget, e.Expected.Round(time.Second), e.AtMost.Round(time.Second))
}

// progressOptions are those of a terminal where out is one.
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

// drawReports draws every report from the log, and returns the run's exit status. An
// end that failed is no reason to keep to itself what was seen.
func drawReports(out io.Writer, log string, o reports.Options, end error) error {
	if end != nil {
		end = fmt.Errorf("end the run: %w", end)
	}
	events, err := record.ReadFile(log)
	if err != nil {
		return concluded(ExitInconclusive, end, err)
	}
	o.Log, o.Terminal, o.Look = log, out, look(out)
	summary, err := reports.Render(events, o)
	return concluded(summary.Exit(), end, err)
}

// testingT receives Ginkgo's overall result, which the event log tells better.
type testingT struct{}

func (testingT) Fail() {}

// runSpecs runs one spec for each cell. Ginkgo writes nothing: what a person sees
// is drawn from the event log.
func runSpecs(ctx context.Context, p *plan.Plan, s *session.Session) {
	formatter.ColorableStdOut, formatter.ColorableStdErr = io.Discard, io.Discard
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.Timeout = 24 * time.Hour // each wait has a deadline of its own
	suite.GracePeriod = time.Minute
	suite.OutputInterceptorMode = "none" // standard output is ours
	reporter.NoColor, reporter.Succinct = true, true
	ginkgo.BeforeSuite(func() { s.Campaign.Start(ctx) })
	timeouts.Register(p, s.Campaign)
	exhaustion.Register(p, s.Campaign)
	startup.Register(p, s.Campaign)
	ginkgo.RunSpecs(testingT{}, "stalemate check", suite, reporter)
}

// printPlan is the dry run.
func printPlan(out io.Writer, p *plan.Plan) error {
	for _, w := range p.Waves {
		holds := 0
		for _, u := range w.Units {
			holds += u.Holds()
		}
		fmt.Fprintf(out, "wave %d: %d pods, %d holds, watched for at most %s\n", w.Number, len(w.Units), holds, w.Longest().Round(100*time.Millisecond))
	}
	for _, notice := range p.Notices {
		fmt.Fprintln(out, notice)
	}
	e := p.Estimate()
	_, err := fmt.Fprintf(out, "%d targets, %s: %s where every server does what its file says, at most %s;\n"+
		"of both %s are starting and stopping. Building images is not in it.\n",
		len(p.Targets), p.Counted(), e.Expected.Round(time.Second), e.AtMost.Round(time.Second), e.Starting.Round(time.Second))
	return err
}
