package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stalemate/containers/autopsy"
	"stalemate/reports/record"
)

// inspectCommand looks into one process of this machine.
func inspectCommand() *cobra.Command {
	var (
		deadline, margin time.Duration
		fd               int
		asJSON           bool
	)
	c := &cobra.Command{
		Use:   "inspect PID",
		Short: "Looks into a stuck process: would SIGALRM end what it waits in, and did it?",
		Long: `Looks into a process that waits, and says in what, and what SIGALRM would do.

The process is stopped for less than a millisecond. Where it waits in epoll_wait
or in a read with a receive timeout, it notices (the call returns EINTR).

With --deadline it is watched across the moment at which its timeout should
fire, and the cause is named if it did not: restarted, looped, blocked, ignored,
never-armed, re-armed or sent-by-parent.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pid, err := strconv.Atoi(args[0])
			if err != nil || pid <= 0 {
				return fmt.Errorf("%q is no process number", args[0])
			}
			if deadline < 0 || margin <= 0 {
				return fmt.Errorf("--deadline must not be negative, and --margin must be more than 0")
			}
			a, err := autopsy.Inspect(cmd.Context(), pid, autopsy.Options{FD: fd, Deadline: deadline, Margin: margin})
			if err != nil {
				return &Status{Code: ExitInconclusive, Err: inspectAdvice(pid, err)}
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(a)
			}
			writeAutopsy(cmd.OutOrStdout(), a)
			return nil
		},
	}
	c.Flags().DurationVar(&deadline, "deadline", 0, "when the timeout should fire, from now, such as 5s; 0 looks once")
	c.Flags().DurationVar(&margin, "margin", time.Second, "how long before and after the deadline to look")
	c.Flags().IntVar(&fd, "fd", -1, "the connection's descriptor; -1 takes what the first thread waits on")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// inspectAdvice says what to do about a refusal.
func inspectAdvice(pid int, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("process %d may not be looked into: run this as root (it needs CAP_SYS_PTRACE): %w", pid, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, autopsy.ErrEnded):
		return fmt.Errorf("there is no process %d here (any more): %w", pid, err)
	}
	return fmt.Errorf("inspect process %d: %w", pid, err)
}

// writeAutopsy prints what was found, for a person.
func writeAutopsy(out io.Writer, a record.Autopsy) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "%-12s %s\n", name, record.Clean(fmt.Sprintf(format, args...)))
	}
	line("process", "%d %s, thread %d", a.PID, a.Comm, a.TID)
	waits := a.Syscall
	if a.SyscallFD != 0 {
		waits = fmt.Sprintf("%s, descriptor %d", waits, a.SyscallFD)
	}
	if a.SyscallPeer != "" {
		waits += ", peer " + a.SyscallPeer
	}
	line("waits in", "%s (%s)", waits, a.SyscallClass)
	line("SIGALRM", "%s", strings.Join(signalWords(a), ", "))
	line("timer", "%s", timerWords(a))
	if a.Switches >= 0 {
		line("switches", "%d voluntary across the deadline", a.Switches)
	}
	line("class", "%s", a.Class)
	line("because", "%s", a.Because)
	for _, s := range a.Steps {
		line("done", "%s", s)
	}
}

func signalWords(a record.Autopsy) []string {
	var words []string
	switch {
	case a.Ignored:
		words = append(words, "ignored")
	case !a.Caught:
		words = append(words, "no handler: it would end the process")
	default:
		words = append(words, "handler "+a.Handler)
		if a.Restart {
			words = append(words, "SA_RESTART is set")
		} else {
			words = append(words, "SA_RESTART is not set")
		}
	}
	if a.Blocked {
		words = append(words, "blocked by the thread")
	}
	if a.Pending {
		words = append(words, "pending")
	}
	return words
}

func timerWords(a record.Autopsy) string {
	word := func(ns int64) string {
		switch {
		case ns < 0:
			return "not read"
		case ns == 0:
			return "not running"
		}
		return time.Duration(ns).Round(time.Millisecond).String() + " left"
	}
	if a.Deadline == 0 {
		return word(a.TimerAfter)
	}
	return "before the deadline " + word(a.TimerBefore) + ", after it " + word(a.TimerAfter)
}
