package commands

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"stalemate/attackers"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

const (
	// holdSpacing lies between the starts of two connections: a burst of all of them
	// would measure the server's listen queue.
	holdSpacing = time.Millisecond
	// mostHolds is far above what the descriptors of one process allow, and below what a plan takes in memory.
	mostHolds = 1_000_000
	// longestHold bounds --for, and --interval.
	longestHold = 24 * time.Hour
)

// holdFlags are what `stalemate hold` is asked for.
type holdFlags struct {
	stage, mode string
	count       int
	watch       time.Duration
	interval    time.Duration
	tls, plain  bool
	speak       attackers.TLS
	request     attackers.Request
	operated    bool
	world       world
}

func holdCommand() *cobra.Command {
	f := &holdFlags{world: outside()}
	hold := &cobra.Command{
		Use:   "hold ADDR --stage STAGE",
		Short: "Parks connections at one stage of a server that you operate, and says when it lets go",
		Long: `Parks connections at one stage of a server that you operate, from this machine, and says
when the server lets go of them, and how.

ADDR is host:port. It must be an address of this machine's loopback, or of a container of a
run of ours; for any other host --` + operateFlag + ` is needed.

Exit status: 0 every connection was parked, whatever the server did then; 2 wrong usage, or
refused; 3 some could not be parked.`,
		Example: `  stalemate hold 127.0.0.1:8443 --stage tls.server-hello --count 100
  stalemate hold localhost:8080 --stage http.headers --mode trickle --for 2m`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHold(cmd, f, args[0])
		},
	}
	flags := hold.Flags()
	flags.StringVar(&f.stage, "stage", "", "where to park: "+strings.Join(holdStages(), ", "))
	flags.StringVar(&f.mode, "mode", string(record.Silent), "silent (nothing more is sent) or trickle (a byte at a time)")
	flags.IntVar(&f.count, "count", 1, "how many connections")
	flags.DurationVar(&f.watch, "for", time.Minute, "how long each is watched from the moment it is parked")
	flags.DurationVar(&f.interval, "interval", plan.TrickleInterval, "between two trickled bytes")
	flags.BoolVar(&f.tls, "tls", false, "speak TLS (the default for tls.* and h2.*)")
	flags.BoolVar(&f.plain, "plain", false, "do not speak TLS (the default for tcp.* and http.*)")
	flags.StringVar(&f.speak.ServerName, "sni", "", "server name in the ClientHello (default: the host, where it is a name)")
	flags.StringVar(&f.speak.Version, "tls-version", "", "1.2 or 1.3 (default: the newest that both speak)")
	flags.StringSliceVar(&f.speak.ALPN, "alpn", nil, "protocols to offer in the ClientHello (h2.* offers h2)")
	flags.StringVar(&f.request.Host, "host", "", "Host of the request (default: ADDR)")
	flags.StringVar(&f.request.Path, "path", "/", "path of the request")
	flags.StringVar(&f.request.Body, "body", "", "path that reads a body (default: --path)")
	flags.StringVar(&f.request.Large, "large", "", "path whose response is too large for the socket buffers (default: --path)")
	flags.BoolVar(&f.operated, operateFlag, false, "your word that you operate this host, where it is neither loopback nor a container of ours")
	cobra.CheckErr(hold.MarkFlagRequired("stage"))
	cobra.CheckErr(hold.RegisterFlagCompletionFunc("stage", completeStage))
	hold.MarkFlagsMutuallyExclusive("tls", "plain")
	return hold
}

// conversationStage needs steps, which only a target file has.
const conversationStage = "conversation"

// holdStages are the stages that need no target file.
func holdStages() []string {
	var names []string
	for _, s := range attackers.Stages() {
		if s.Name != conversationStage {
			names = append(names, s.Name)
		}
	}
	return names
}

// check says what is wrong with the flags, and fills in what depends on others.
func (f *holdFlags) check(address string) error {
	info, known := attackers.Stage(f.stage)
	if !known || f.stage == conversationStage {
		return fmt.Errorf("hold: unknown stage %q: give one of %s", f.stage, strings.Join(holdStages(), ", "))
	}
	switch {
	case !info.HasMode(record.Mode(f.mode)):
		return fmt.Errorf("hold: stage %s has no mode %q (trickle: %s)", f.stage, f.mode, info.Trickles)
	case f.count < 1 || f.count > mostHolds:
		return fmt.Errorf("hold: --count %d: give 1 to %d", f.count, mostHolds)
	case f.watch <= 0 || f.watch > longestHold:
		return fmt.Errorf("hold: --for %s: give more than 0 and at most %s", f.watch, longestHold)
	case f.interval <= 0 || f.interval > longestHold:
		return fmt.Errorf("hold: --interval %s: give more than 0 and at most %s", f.interval, longestHold)
	case info.NeedsTLS && f.plain:
		return fmt.Errorf("hold: stage %s without TLS does not exist: remove --plain", f.stage)
	}
	if v := f.speak.Version; v != "" && v != "1.2" && v != "1.3" {
		return fmt.Errorf("hold: --tls-version %q: give 1.2 or 1.3", v)
	}
	for name, text := range map[string]string{"host": f.request.Host, "path": f.request.Path, "body": f.request.Body, "large": f.request.Large} {
		if strings.ContainsAny(text, " \r\n\t\x00") {
			return fmt.Errorf("hold: --%s %q has a space or a line end in it", name, text)
		}
	}
	f.tls = f.tls || info.NeedsTLS
	if f.request.Host == "" {
		f.request.Host = address
	}
	if host, _, err := net.SplitHostPort(address); err == nil && f.speak.ServerName == "" {
		if _, err := netip.ParseAddr(host); err != nil {
			f.speak.ServerName = host
		}
	}
	return nil
}

// plan is what the attacker is to do to a server that the guard admitted.
func (f *holdFlags) plan(admitted string) attackers.Plan {
	p := attackers.Plan{Run: "hold", Target: admitted, Pod: "hold"}
	cell := f.stage + "/" + f.mode
	const parts = 10
	for i := range f.count {
		h := attackers.Hold{
			ID: fmt.Sprintf("%s#%d", cell, i+1), Cell: cell, Address: admitted,
			Stage: f.stage, Mode: record.Mode(f.mode), Request: f.request,
			StartAfter: time.Duration(i) * holdSpacing, Watch: f.watch,
			Interval: f.interval, Phase: f.interval / parts * time.Duration(1+i%(parts-1)),
		}
		if f.tls {
			speak := f.speak
			h.TLS = &speak
		}
		p.Holds = append(p.Holds, h)
	}
	return p
}

func runHold(cmd *cobra.Command, f *holdFlags, address string) error {
	if err := f.check(address); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	admitted, err := f.world.admit(ctx, address, f.operated)
	if err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	counted, err := f.attack(ctx, admitted, cmd.ErrOrStderr())
	if err != nil {
		return &Status{Code: ExitInconclusive, Err: fmt.Errorf("hold connections at %s: %w", admitted, err)}
	}
	counted.summary(cmd.OutOrStdout(), fmt.Sprintf("%s/%s at %s", f.stage, f.mode, admitted), f.watch)
	if !counted.all() {
		return &Status{Code: ExitInconclusive}
	}
	return nil
}

// attack carries the plan out and counts, until every hold is over or ctx is.
func (f *holdFlags) attack(ctx context.Context, admitted string, progress io.Writer) (*tally, error) {
	text, err := json.Marshal(f.plan(admitted))
	if err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	more, end := io.Pipe() // the attack lasts as long as its input
	events, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := attackers.Attack(context.WithoutCancel(ctx), io.MultiReader(bytes.NewReader(text), more), out)
		ended <- errors.Join(err, out.Close())
	}()
	heard := make(chan record.Event)
	broken := make(chan error, 1)
	go func() {
		defer close(heard)
		err := readEvents(events, heard)
		events.CloseWithError(err) // the attacker's next line meets it
		broken <- err
	}()
	counted := f.listen(ctx, heard, progress)
	closeErr := end.Close()
	for range heard {
		// what comes now is our own closing
	}
	return counted, errors.Join(closeErr, <-ended, <-broken)
}

// readEvents reads the attacker's lines until it ends.
func readEvents(from io.Reader, heard chan<- record.Event) error {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var e record.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("read an event: %w", err)
		}
		heard <- e
	}
	return lines.Err()
}

// listen counts until every hold is over, the attacker ends, or ctx is done, and
// says meanwhile how things stand.
func (f *holdFlags) listen(ctx context.Context, heard <-chan record.Event, progress io.Writer) *tally {
	counted := newTally(f.count)
	begin := time.Now()
	status := newStatusLine(progress)
	defer status.clear()
	ticker := time.NewTicker(status.every)
	defer ticker.Stop()
	for !counted.finished() {
		select {
		case e, more := <-heard:
			if !more {
				return counted
			}
			counted.take(e)
		case <-ticker.C:
			status.say(counted.line(time.Since(begin)))
		case <-ctx.Done():
			return counted
		}
	}
	return counted
}

// statusLine rewrites one line on a terminal, and elsewhere writes one now and then.
type statusLine struct {
	out      io.Writer
	terminal bool
	every    time.Duration
}

func newStatusLine(out io.Writer) *statusLine {
	if file, ok := out.(*os.File); ok && isTerminal(file) {
		return &statusLine{out: out, terminal: true, every: time.Second}
	}
	return &statusLine{out: out, every: 10 * time.Second}
}

func (s *statusLine) say(text string) {
	if s.terminal {
		fmt.Fprintf(s.out, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(s.out, text)
}

func (s *statusLine) clear() {
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
}
