package commands

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
)

const (
	// mostHolds is far more than a process has descriptors, and few enough for their plan to fit in memory.
	mostHolds = 1_000_000
	// longestHold bounds --for and --interval.
	longestHold = 24 * time.Hour
)

// holdFlags are the flags of `stalemate hold`.
type holdFlags struct {
	stage, mode string
	count       int
	watch       time.Duration
	interval    time.Duration
	tls, plain  bool
	speak       wire.TLS
	request     wire.Request
	operated    bool
	lookup      lookup
}

func holdCommand() *cobra.Command {
	f := &holdFlags{lookup: systemLookup()}
	hold := &cobra.Command{
		Use:   "hold ADDR --stage STAGE",
		Short: "Hold connections to a running server, and report when the server closes them",
		Long: `"stalemate hold" opens connections to a running server. On each connection, stalemate stops at the
stage that --stage names. stalemate then reports when and how the server closes each connection.
ADDR is a host and a port, such as 127.0.0.1:8443.

By default, the host of ADDR must be a loopback address of this machine, or one of stalemate's
containers. If the host of ADDR is a different host, confirm with --` + operateFlag + ` that you
operate the host.

Exit status (if more than one line is true, the first true line counts):
  - Status 2: The command line is wrong, or stalemate refused the host of ADDR.
  - Status 3: At least one connection did not reach the stage.
  - Status 0: All connections reached the stage. The exit status is 0 even if the server did not
    close the connections.`,
		Example: `  stalemate hold 127.0.0.1:8443 --stage tls.server-hello
  stalemate hold 127.0.0.1:8443 --stage tls.server-hello --count 100
  stalemate hold localhost:8080 --stage http.headers --mode trickle --for 2m`,
		Args: oneArgument("ADDR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runHold(cmd, f, args[0])
		},
	}
	flags := hold.Flags()
	flags.StringVar(&f.stage, "stage", "", "hold the connections at this `stage`: "+strings.Join(holdStages(), ", "))
	flags.StringVar(&f.mode, "mode", string(record.Silent), "use this `mode` after a connection has reached the stage: silent (send nothing more) or trickle (send one byte every --interval)")
	flags.IntVar(&f.count, "count", 1, "open this `number` of connections")
	flags.DurationVar(&f.watch, "for", time.Minute, "watch each connection for this time after the connection has reached the stage")
	flags.DurationVar(&f.interval, "interval", plan.TrickleInterval, "in mode trickle, wait for this time between two bytes")
	flags.BoolVar(&f.tls, "tls", false, "use TLS (stages tls.* and h2.* always use TLS)")
	flags.BoolVar(&f.plain, "plain", false, "do not use TLS (default for stages tcp.* and http.*)")
	flags.StringVar(&f.speak.ServerName, "sni", "", "send this server `name` in the TLS handshake (default: the host of ADDR, unless the host is an IP address)")
	flags.StringVar(&f.speak.Version, "tls-version", "", "use this TLS `version`: 1.0, 1.2 or 1.3; with 1.0, also offer old ciphers (default: the newest version that the server supports)")
	flags.StringSliceVar(&f.speak.ALPN, "alpn", nil, "offer these `protocols` in the TLS handshake (stages h2.* always offer h2)")
	flags.StringVar(&f.request.Host, "host", "", "send this Host `header` in the request (default: ADDR)")
	flags.StringVar(&f.request.Path, "path", "/", "request this `path`")
	flags.StringVar(&f.request.Body, "body", "", "send request bodies to this `path`; the server must read the request bodies (default: the path of --path)")
	flags.StringVar(&f.request.Large, "large", "", "request this `path` for stage http.response; the response must be larger than the socket buffers (default: the path of --path)")
	flags.BoolVar(&f.operated, operateFlag, false, operateUsage)
	cobra.CheckErr(hold.MarkFlagRequired("stage"))
	cobra.CheckErr(hold.RegisterFlagCompletionFunc("stage", completeStage))
	cobra.CheckErr(hold.RegisterFlagCompletionFunc("mode", completeMode))
	hold.MarkFlagsMutuallyExclusive("tls", "plain")
	return hold
}

// holdStages are the stages that need no target file.
func holdStages() []string {
	var names []string
	for _, s := range stages.All() {
		if s.Presence != stages.WhereDescribed {
			names = append(names, s.Name)
		}
	}
	return names
}

// check refuses wrong flags, and sets the defaults that depend on other flags.
func (f *holdFlags) check(address string) error {
	info, known := stages.Named(f.stage)
	if !known || info.Presence == stages.WhereDescribed {
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
	case info.NeedsTLS() && f.plain:
		return fmt.Errorf("hold: stage %s needs TLS: remove --plain", f.stage)
	}
	if v := f.speak.Version; v != "" && v != "1.0" && v != "1.2" && v != "1.3" {
		return fmt.Errorf("hold: --tls-version %q: give 1.0, 1.2 or 1.3", v)
	}
	for name, text := range map[string]string{"host": f.request.Host, "path": f.request.Path, "body": f.request.Body, "large": f.request.Large} {
		if strings.ContainsAny(text, " \r\n\t\x00") {
			return fmt.Errorf("hold: --%s %q has a space or a line end: remove it", name, text)
		}
	}
	f.tls = f.tls || info.NeedsTLS()
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

func runHold(cmd *cobra.Command, f *holdFlags, address string) error {
	if err := f.check(address); err != nil {
		return &Status{Code: ExitUsage, Err: err}
	}
	ctx := interruptible(cmd.Context())
	defer ctx.stop()
	admitted, err := f.lookup.admit(ctx, address, f.operated)
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
