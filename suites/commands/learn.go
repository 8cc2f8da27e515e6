package commands

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"stalemate/fixtures"
	"stalemate/reports/progress"
	"stalemate/reports/record"
	"stalemate/suites/learn"
	"stalemate/suites/plan"
	"stalemate/suites/session"
)

// learnCommand finds out what a target file should say of an image.
func learnCommand() *cobra.Command {
	var o learn.Options
	var file, out, waivers, registry string
	c := &cobra.Command{
		Use:   "learn [IMAGE]",
		Short: "Finds out what a target file should say of an image, and writes it",
		Long: `Finds out what a target file should say of an image, and writes it.

The image is started as it is. Where it listens is seen from inside, what it speaks there
is found by trying. Then connections are held at every stage, silent and trickling, several
times each, up to the cap. It is killed and started again with the same PID, twice.

The file that is written holds: ` + "`stalemate check -f`" + ` passes on it. It says what the server does,
not whether that is good: weaknesses are marked in it, and it says reviewed: false. With --waivers
they are failures instead, which the second file waives for 90 days: check -f ... --waivers ...

What is in the file of -f is kept as it stands. Its relative paths are made to count from the
folder of -o; on standard output they are absolute.`,
		Example: `  stalemate learn example/edge:1.28 > target.yaml
  stalemate learn -f partial.yaml --cap 70s -o target.yaml --waivers waivers.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Image = args[0]
			}
			o.Now = time.Now()
			if waivers != "" {
				o.WaiveFor = learn.DefaultWaiveFor
			}
			return runLearn(cmd, o, files{target: file, waivers: waivers}, session.Options{Out: out, Registry: registry})
		},
	}
	flags := c.Flags()
	flags.IntSliceVar(&o.HTTP, "http", nil, "`port` that speaks HTTP (default: found out)")
	flags.IntSliceVar(&o.HTTPS, "https", nil, "`port` that speaks HTTP over TLS (default: found out)")
	flags.StringVarP(&o.Partial, "file", "f", "", "target file without limits: what is in it is kept as it stands")
	flags.DurationVar(&o.Cap, "cap", learn.DefaultCap, "how long a connection is held at most")
	flags.IntVar(&o.Repeats, "repeats", learn.DefaultRepeats, "connections for each stage and mode")
	flags.StringVarP(&file, "output", "o", "", "write the target file here (default: standard output)")
	flags.StringVar(&waivers, "waivers", "", "write the weaknesses to this `file` as waivers, which expire")
	flags.StringVar(&out, "out", "", "keep the event log in this `folder`")
	registryFlag(c, &registry)
	return c
}

// files are where what was learnt is written to; "" is standard output for the target and nowhere for the waivers.
type files struct{ target, waivers string }

func runLearn(cmd *cobra.Command, o learn.Options, to files, run session.Options) error {
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
	if run.Out == "" {
		temporary, err := os.MkdirTemp("", "stalemate-learn-")
		if err != nil {
			return fmt.Errorf("make a folder for the event log: %w", err)
		}
		defer os.RemoveAll(temporary) // a temporary folder that stays harms nobody
		run.Out = temporary
	}
	run.Command = commandLine(os.Args[1:])
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := session.Open(ctx, &plan.Plan{Targets: []*fixtures.Target{t}}, run) // whose secrets the log hides
	if err != nil {
		if s != nil {
			err = errors.Join(err, s.Close(err.Error()))
		}
		if errors.Is(err, record.ErrInUse) {
			return &Status{Code: ExitUsage, Err: hidden(hide, err)}
		}
		return &Status{Code: ExitInconclusive, Err: hidden(hide, nothing(err))}
	}
	line := progress.Start(s.Log, cmd.ErrOrStderr(), progressOptions(cmd.ErrOrStderr()))
	written, err := learn.Learn(ctx, s, o)
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

// end delivers what was learnt, although the run may not have ended well.
func (o places) end(written learn.Written, learnt, closed error, out, errOut io.Writer) error {
	if learnt != nil {
		return nothing(errors.Join(learnt, closed))
	}
	if closed != nil {
		closed = fmt.Errorf("end the run: %w", closed)
	}
	return errors.Join(o.deliver(written, out, errOut), closed)
}

func nothing(err error) error { return fmt.Errorf("nothing was learnt: %w", err) }

// hidden is what an error says, without secrets: its cause has them still.
func hidden(hide func(string) string, err error) error { return errors.New(hide(err.Error())) }
