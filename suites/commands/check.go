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
	"stalemate/suites/plan"
	"stalemate/suites/session"
	"stalemate/suites/timeouts"
)

// checkFlags are what `stalemate check` is asked for.
type checkFlags struct {
	session.Options
	reports reports.Options
	dryRun  bool
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
3 something was inconclusive, or nothing was tested; 0.`,
		Example: `  stalemate check -f target.yaml
  stalemate check -f fixtures --only 'apache-*/*/http.keep-alive' --junit junit.xml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Command = "stalemate " + strings.Join(os.Args[1:], " ")
			return runCheck(cmd, f)
		},
	}
	flags := check.Flags()
	flags.StringArrayVarP(&f.Files, "file", "f", nil, "target file, or a folder of them (may be given more than once)")
	flags.StringVar(&f.Only, "only", "", "only the cells whose address matches; alternatives with |, * for anything")
	flags.StringVar(&f.Out, "out", filepath.Join("reports", "out"), "folder of the event log, from which every report can be drawn again")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would run and how long it would take, and stop")
	flags.StringVar(&f.reports.JUnit, "junit", "", "write JUnit XML to this `file`")
	flags.StringVar(&f.reports.JSON, "json", "", "write one JSON document to this `file`")
	flags.StringVar(&f.reports.HTML, "html", "", "write one HTML page to this `file`")
	cobra.CheckErr(check.MarkFlagRequired("file"))
	return check
}

func runCheck(cmd *cobra.Command, f *checkFlags) error {
	p, err := session.Load(f.Options)
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	if f.dryRun {
		return printPlan(cmd.OutOrStdout(), p)
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := session.Open(ctx, p, f.Options)
	if err != nil {
		if s != nil {
			err = errors.Join(err, s.Close(err.Error()))
		}
		return &Status{Code: ExitInconclusive, Err: fmt.Errorf("nothing was tested: %w", err)}
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	runSpecs(ctx, p, s)
	s.Campaign.Wait()
	line.Stop()
	why := ""
	if ctx.Err() != nil {
		why = "interrupted"
	}
	if err := s.Close(why); err != nil {
		return &Status{Code: ExitInconclusive, Err: fmt.Errorf("end the run: %w", err)}
	}
	return drawReports(cmd.OutOrStdout(), s.LogPath, f.reports)
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

// drawReports draws every report from the log, and returns the run's exit status.
func drawReports(out io.Writer, log string, o reports.Options) error {
	events, err := record.ReadFile(log)
	if err != nil {
		return &Status{Code: ExitInconclusive, Err: err}
	}
	o.Log, o.Terminal, o.Look = log, out, look(out)
	summary, err := reports.Render(events, o)
	if err != nil {
		return &Status{Code: ExitInconclusive, Err: err}
	}
	if code := summary.Exit(); code != ExitOK {
		return &Status{Code: code}
	}
	return nil
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
	ginkgo.RunSpecs(testingT{}, "stalemate check", suite, reporter)
}

// printPlan is the dry run.
func printPlan(out io.Writer, p *plan.Plan) error {
	var longest time.Duration
	for _, w := range p.Waves {
		longest += w.Longest()
		holds := 0
		for _, u := range w.Units {
			holds += u.Holds()
		}
		fmt.Fprintf(out, "wave %d: %d pods, %d holds, at most %s\n", w.Number, len(w.Units), holds, w.Longest())
	}
	_, err := fmt.Fprintf(out, "%d targets, %d cells; waiting takes at most %s, starting and stopping some 20 s, building images more the first time\n",
		len(p.Targets), len(p.Cells), longest)
	return err
}
