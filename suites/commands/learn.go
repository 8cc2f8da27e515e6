package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"stalemate/fixtures/target"
	"stalemate/reports/progress"
	"stalemate/reports/record"
	"stalemate/suites/learn"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

func learnCommand() *cobra.Command {
	var o learn.Options
	var file, out, waivers, registry string
	c := &cobra.Command{
		Use:   "learn [IMAGE]",
		Short: "Measure how a server behaves, and write the first target file for the server",
		Long: `stalemate learn starts a server from its image, tests the server, and writes a target file. A target
file describes the image, the ports and the timeouts of one server. Most other commands read a
target file.

stalemate does three steps:
  - First, stalemate finds the ports of the server, and the protocol on each port.
  - Second, stalemate kills the server and starts the server again with the same PID, two times.
  - Third, stalemate opens connections and stops at each stage of the protocol. In mode silent,
    stalemate then sends nothing more. In mode trickle, stalemate then sends one byte every 0.7 s.
    stalemate measures when the server closes each connection.

The target file describes how the server behaves now, even if the server behaves wrongly. Therefore,
"stalemate check" passes with a target file from learn.

stalemate watches each connection for at most 90 s. The flag --cap sets a time other than 90 s.
stalemate watches all connections at the same time, so the times do not add up.

If the server does not close a connection within the time of --cap, the server has a weakness. The
target file marks a weakness with the keys "at_least" and "weakness". If stalemate knows the server,
the text of "weakness" names a setting of the server. The setting makes the server close the
connection. At the end, stalemate also prints all weaknesses.

A target file from learn contains the line "reviewed: false". Check the limits, and then remove the
line "reviewed: false".

With --waivers, stalemate also writes a waivers file. The target file then contains a limit for each
weakness: the server must close the connection within the time of --cap. The server does not do
that, so "stalemate check" finds a failure. The waivers file accepts the failure for 90 days: use
"stalemate check --waivers".

With -f, stalemate reads a target file that has no limits yet, and adds the limits. stalemate copies
all other keys of the target file to the output. With -o, stalemate changes relative paths, so that
the paths start at the folder of the output file. Without -o, stalemate makes all paths absolute.

Exit status (if more than one line is true, the first true line counts):
  - Status 2: The command line is wrong.
  - Status 3: stalemate could not test the server, or could not write a file.
  - Status 0: stalemate wrote the target file.`,
		Example: `  stalemate learn example/edge:1.28 > target.yaml
  stalemate learn example/edge:1.28 -o target.yaml --waivers waivers.yaml
  stalemate learn -f partial.yaml --cap 20s -o target.yaml`,
		Args:              atMostOneImage,
		ValidArgsFunction: completeOneImage,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Image = args[0]
			}
			o.Now = time.Now()
			if waivers != "" {
				o.WaiveFor = learn.DefaultWaiveFor
			}
			return runLearn(cmd, o, files{target: file, waivers: waivers}, run.Options{Out: out, Registry: registry})
		},
	}
	flags := c.Flags()
	flags.StringVarP(&file, "output", "o", "", "write the target file to this `file` (default: standard output)")
	flags.StringVar(&waivers, "waivers", "", "write this waivers `file`, which accepts the weaknesses of the server for 90 days")
	flags.StringVarP(&o.Partial, "file", "f", "", "read this target `file`, which has no limits yet, and add the limits in the output")
	flags.DurationVar(&o.Cap, "cap", learn.DefaultCap, "watch each connection for at most this time")
	flags.IntVar(&o.Repeats, "repeats", learn.DefaultRepeats, "open this `number` of connections for each stage and each mode, 2 to 20")
	flags.IntSliceVar(&o.HTTP, "http", nil, "use HTTP on this `port` (default: stalemate finds out which protocol each port uses)")
	flags.IntSliceVar(&o.HTTPS, "https", nil, "use HTTP over TLS on this `port` (default: stalemate finds out which protocol each port uses)")
	flags.StringVar(&out, "out", "", "write the event log to this `folder` and keep it (default: the run has no event log)")
	registryFlag(c, &registry)
	return c
}

// atMostOneImage refuses an empty name: a shell variable that is not set would otherwise name nothing.
func atMostOneImage(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] == "" {
		return errors.New("IMAGE has no name; is a variable not set?\nGive an image, as in `stalemate learn example/edge:1`")
	}
	if len(args) > 1 {
		return fmt.Errorf("%d arguments: give one IMAGE, as in stalemate learn %s", len(args), record.ShellWord(args[0]))
	}
	return nil
}

// files names the files that learn writes. An empty target is standard output; with empty waivers, none are written.
type files struct{ target, waivers string }

func runLearn(cmd *cobra.Command, o learn.Options, to files, options run.Options) error {
	o.Output = to.target
	t, err := o.Check()
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	hide := learn.Mask(t.Secrets)
	into, err := to.reserve()
	if err != nil {
		return &Status{Code: ExitUsage, Err: hidden(hide, err)}
	}
	if options.Out == "" {
		temporary, err := os.MkdirTemp("", "stalemate-learn-")
		if err != nil {
			return fmt.Errorf("make a folder for the event log: %w", err)
		}
		defer os.RemoveAll(temporary) // a temporary folder that is left behind does no harm
		options.Out = temporary
	}
	options.Command = commandLine(os.Args[1:])
	ctx := interruptible(cmd.Context())
	defer ctx.stop()
	options.Suites, options.Hurry = suites(), ctx.again
	s, err := run.Open(ctx, &plan.Plan{Targets: []*target.Target{t}}, options) // the log hides the secrets of the plan's targets
	if err != nil {
		if s != nil {
			err = errors.Join(orStopped(ctx, err), s.Close(err.Error()))
		}
		if errors.Is(err, record.ErrInUse) {
			return &Status{Code: ExitUsage, Err: hidden(hide, err)}
		}
		return &Status{Code: ExitInconclusive, Err: hidden(hide, nothing(err))}
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	written, err := learn.Learn(ctx, s, o)
	err = orStopped(ctx, err)
	why := ""
	if err != nil {
		why = err.Error()
	}
	closed := s.Close(why)
	line.Stop()
	if err := into.end(written, err, closed, cmd.OutOrStdout(), cmd.ErrOrStderr()); err != nil {
		return &Status{Code: ExitInconclusive, Err: hidden(hide, err)}
	}
	return nil
}

// end writes what was learnt, even if the run did not end well.
func (o learnOutputs) end(written learn.Written, learnt, closed error, out, errOut io.Writer) error {
	if learnt != nil {
		return nothing(errors.Join(learnt, closed))
	}
	if closed != nil {
		closed = fmt.Errorf("end the run: %w", closed)
	}
	delivered := o.deliver(written, out, errOut)
	if delivered == nil {
		delivered = o.report(written, errOut)
	}
	return errors.Join(delivered, closed)
}

// nothing is the error of a learn that wrote no file.
func nothing(err error) error { return fmt.Errorf("nothing was learnt: %w", err) }

// hidden is an error whose text has no secrets. It does not wrap the cause, whose text has them.
func hidden(hide func(string) string, err error) error { return errors.New(hide(err.Error())) }
