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

func inspectCommand() *cobra.Command {
	var (
		deadline, margin time.Duration
		fd               int
		asJSON           bool
	)
	c := &cobra.Command{
		Use:   "inspect PID",
		Short: "Find out in which system call a process waits, and what the signal SIGALRM would do",
		Long: `stalemate inspect shows in which system call a process waits. Some servers use the signal SIGALRM
for their timeouts. stalemate shows what SIGALRM would do to the system call.

With --deadline, stalemate looks at the process before and after the time at which a timeout should
fire. If the timeout does not fire, stalemate names one of the following causes:
  - restarted: SIGALRM arrived, but the kernel restarted the system call (SA_RESTART).
  - looped: SIGALRM ended the system call, but the program made the system call again.
  - blocked: The thread blocks SIGALRM.
  - ignored: The process ignores SIGALRM.
  - never-armed: The process did not start a timer.
  - re-armed: The process started its timer again, and the timer still runs.
  - sent-by-parent: The process has no timer. Another process sent SIGALRM, but the system call did
    not end.

If the process does not use SIGALRM, stalemate says how the process waits. stalemate also says how
the process waits if the timer of the process is longer than --deadline. stalemate names one of the
following ways:
  - event-loop: The process waits for many connections, with epoll, poll, select or a pool of
    threads.
  - own-timeout: The wait ends after a timeout: the timeout of poll, of select, or of the socket.
  - timer-running: A SIGALRM timer of the process runs. stalemate cannot see when the process
    started the timer.

If stalemate does not find the cause, stalemate prints "unknown" and what is missing.

stalemate stops the process for less than 1 ms. If the process waits in epoll_wait, or in a read
with a receive timeout, the stop makes the system call fail with the error EINTR.`,
		Example: `  stalemate inspect 4242
  stalemate inspect 4242 --deadline 5s`,
		Args: oneArgument("PID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			pid, err := strconv.Atoi(args[0])
			if err != nil || pid <= 0 {
				return fmt.Errorf("PID %q: give a number above 0, as in stalemate inspect 4242", args[0])
			}
			if deadline < 0 || margin <= 0 {
				return fmt.Errorf("--deadline %s --margin %s: --deadline must be at least 0, --margin more than 0", deadline, margin)
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
	c.Flags().DurationVar(&deadline, "deadline", 0, "expect the timeout to fire at this time after the start of inspect, such as 5s (0: look at the process only once)")
	c.Flags().DurationVar(&margin, "margin", time.Second, "look at the process two times: this long before --deadline, and this long after --deadline")
	c.Flags().IntVar(&fd, "fd", -1, "examine the connection with this file `descriptor` (-1: the file descriptor on which the first thread waits)")
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as a JSON object")
	return c
}

// inspectAdvice adds what to do.
func inspectAdvice(pid int, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("inspect process %d: run this as root, it needs CAP_SYS_PTRACE: %w", pid, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, autopsy.ErrEnded):
		return fmt.Errorf("inspect process %d: there is no such process: %w", pid, err)
	}
	return fmt.Errorf("inspect process %d: %w", pid, err)
}

// writeAutopsy prints what was found as text.
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
	if a.Switches != nil {
		line("switches", "%d voluntary across the deadline", *a.Switches)
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
		words = append(words, "no handler, as in most servers: it would end the process")
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
	word := func(left *float64) string {
		switch {
		case left == nil:
			return "not read"
		case *left == 0:
			return "not running"
		}
		return fmt.Sprintf("%.3f s left", *left)
	}
	if a.Deadline == 0 {
		return word(a.TimerAfter)
	}
	return "before the deadline " + word(a.TimerBefore) + ", after it " + word(a.TimerAfter)
}
