package autopsy

import (
	"fmt"
	"strings"
	"time"

	"stalemate/containers/proc"
)

// Class is the reason why a timeout that relies on SIGALRM did not fire.
type Class string

const (
	Restarted    Class = "restarted"      // the handler ran, and SA_RESTART restarted the system call
	Looped       Class = "looped"         // the system call failed with EINTR, and the code called it again
	Blocked      Class = "blocked"        // the signal is pending, and the thread blocks it
	Ignored      Class = "ignored"        // the signal is ignored
	NeverArmed   Class = "never-armed"    // no timer ran
	ReArmed      Class = "re-armed"       // the timer was armed again, and still runs
	SentByParent Class = "sent-by-parent" // the handler ran without a timer of the process: another process sends the signal
	Unknown      Class = "unknown"        // the evidence does not decide
)

// SignalState is the state of SIGALRM and ITIMER_REAL, read while the thread was stopped.
type SignalState struct {
	Handler  uint64        // an address; 0: the default action, 1: ignored
	Restart  bool          // SA_RESTART
	Timer    time.Duration // the time left of ITIMER_REAL; 0: it does not run
	Interval time.Duration // the time that it is set to when it expires
}

// Evidence is the input of Classify. A nil SignalState was not read.
type Evidence struct {
	Deadline bool // the thread was observed before and after a deadline
	Caught   bool // from /proc/PID/status, after the deadline
	Ignored  bool
	Blocked  bool
	Pending  bool
	Before   *SignalState // before the deadline
	NoBefore string       // why Before was not read: "since ...", "which ..."
	After    *SignalState
	NoAfter  string // why After was not read
	Switches int64  // the thread's voluntary context switches across the deadline; -1: not known
	Bytes    int64  // received on the connection in that time, each can wake the thread; -1: not known

	Call     proc.Syscall
	Where    string        // the system call, its descriptor and its peer, for people
	Own      time.Duration // the system call's own timeout argument
	HasOwn   bool
	TimedOut bool // the descriptor is a socket with a receive or send timeout
}

// restart tells whether SA_RESTART was set when the handler ran. Some handlers change their own flags, so the state before the
// deadline counts first.
func (e Evidence) restart() (set, known bool) {
	switch {
	case e.Before != nil:
		return e.Before.Restart, true
	case e.After != nil:
		return e.After.Restart, true
	}
	return false, false
}

// hides tells whether SA_RESTART restarts the system call that the thread waits in (signal(7), "Interruption of system calls").
func (e Evidence) hides() bool {
	switch e.Call.Name() {
	case "read", "readv", "recvfrom", "recvmsg", "accept", "accept4":
		return !e.TimedOut
	case "connect", "flock", "fcntl", "wait4", "waitid":
		return true
	}
	return false
}

// Classify names the reason, and says in one sentence how it shows. It is a pure function.
func Classify(e Evidence) (Class, string) {
	if !e.Deadline {
		return classifyNow(e)
	}
	switch {
	case e.Blocked && e.Pending:
		return Blocked, "SIGALRM is pending, but the thread blocks it: the handler cannot run while it waits in " + e.Where
	case e.Ignored && !e.neverRan():
		return Ignored, "SIGALRM is ignored: when the timer expires nothing interrupts " + e.Where
	case e.rearmedByHandler():
		return Restarted, fmt.Sprintf("SA_RESTART is set on SIGALRM, the handler ran at the deadline (%s) and armed its timer again, and %s was restarted", switches(e.Switches), e.Where)
	case e.After != nil && e.After.Timer > 0:
		return ReArmed, e.rearmed()
	case e.After == nil:
		return Unknown, "stalemate could not attach to the process after the deadline (" + e.NoAfter + "), so its timer and SA_RESTART are not known"
	case e.neverRan() && (e.Switches == 0 || !e.Caught || e.Blocked):
		return NeverArmed, e.neverArmed("no timer ran before the deadline or after it")
	case !e.Caught || e.Blocked:
		if e.Before == nil {
			return NeverArmed, e.neverArmed("no timer runs, and nothing shows that one ran")
		}
		return Unknown, fmt.Sprintf("a timer with %s left ran before the deadline and has expired, but SIGALRM did not interrupt %s", seconds(e.Before.Timer), e.Where)
	case e.Switches < 0:
		return Unknown, "no timer runs, and the deadline was not watched, so it is not known whether the handler ran; " + e.disposition()
	case e.Switches == 0 && e.Before == nil:
		return NeverArmed, e.neverArmed("no timer runs, and the thread did not wake at the deadline")
	case e.Switches == 0:
		return Unknown, fmt.Sprintf("a timer with %s left ran before the deadline and has expired, but the thread did not wake: another thread took the signal", seconds(e.Before.Timer))
	case e.Call.Shared() && (e.Before == nil || e.neverRan() && e.Bytes <= 0):
		return Unknown, fmt.Sprintf("no timer was seen before the deadline, and the thread woke at it (%s), but in %s it waits for others than this connection, which may have woken it; %s", switches(e.Switches), e.Where, e.disposition())
	case e.Before == nil && e.Bytes > 0:
		return Unknown, fmt.Sprintf("no timer runs, and the thread woke at the deadline (%s), but bytes that arrived may have woken it; %s", switches(e.Switches), e.disposition())
	case e.neverRan() && e.Bytes > 0:
		return NeverArmed, e.neverArmed("no timer ran before the deadline or after it; the thread woke for bytes that arrived")
	case e.neverRan():
		return SentByParent, fmt.Sprintf("the handler ran at the deadline (%s) though no timer of the process ran before or after: another process sends SIGALRM; %s", switches(e.Switches), e.outcome())
	}
	return e.expired()
}

// neverRan tells that both observations found no timer.
func (e Evidence) neverRan() bool {
	return e.Before != nil && e.After != nil && e.Before.Timer == 0 && e.After.Timer == 0
}

// rearmedByHandler tells that the timer expired while no byte arrived, that the handler ran and armed it again (vsftpd's handler
// does), and that SA_RESTART restarted the system call. The class is then restarted: the flag is the reason. Without the flag
// the call fails with EINTR each time, and the class is re-armed.
func (e Evidence) rearmedByHandler() bool {
	return e.Before != nil && e.Before.Timer > 0 && e.Before.Restart && e.hides() && e.Caught && !e.Blocked &&
		e.After != nil && e.After.Timer > 0 && e.Switches > 0 && e.Bytes == 0
}

// expired is the case in which the timer expired and the handler ran.
func (e Evidence) expired() (Class, string) {
	caveat := ""
	if e.Before == nil {
		caveat = fmt.Sprintf(" (its timer was not read before the deadline, %s; a signal from another process would look the same)", e.NoBefore)
	}
	if set, _ := e.restart(); set && e.hides() {
		return Restarted, fmt.Sprintf("SA_RESTART is set on SIGALRM, the handler ran at the deadline (%s), and %s was restarted%s", switches(e.Switches), e.Where, caveat)
	}
	if set, _ := e.restart(); set && e.Call.Class() == proc.PartWay {
		return Unknown, fmt.Sprintf("the handler ran at the deadline (%s), and the thread is in %s again%s: it is not known whether the kernel restarted it, since %s", switches(e.Switches), e.Where, caveat, e.why())
	}
	return Looped, fmt.Sprintf("the handler ran at the deadline (%s), %s, and the code went back into %s%s", switches(e.Switches), e.why(), e.Where, caveat)
}

// why says why the system call failed with EINTR.
func (e Evidence) why() string {
	set, _ := e.restart()
	switch {
	case !set:
		return "SA_RESTART is not set on SIGALRM, so the call failed with EINTR"
	case e.TimedOut:
		return "the socket has a receive timeout, so the call failed with EINTR despite SA_RESTART"
	case e.Call.Class() == proc.PartWay:
		return "SA_RESTART restarts " + e.Call.Name() + " only if it has sent nothing"
	}
	return e.Call.Name() + " fails with EINTR despite SA_RESTART"
}

// outcome says what the handler's run did to the system call.
func (e Evidence) outcome() string {
	if set, _ := e.restart(); set && e.hides() {
		return "SA_RESTART is set, so " + e.Where + " was restarted"
	}
	return e.why() + ", and the code went back into " + e.Where
}

func (e Evidence) rearmed() string {
	var b strings.Builder
	fmt.Fprintf(&b, "a timer still runs after the deadline (%s left", seconds(e.After.Timer))
	if e.After.Interval > 0 {
		fmt.Fprintf(&b, ", every %s", seconds(e.After.Interval))
	}
	b.WriteString(")")
	if e.Before != nil {
		fmt.Fprintf(&b, ", as before it (%s left)", seconds(e.Before.Timer))
	}
	fmt.Fprintf(&b, ": it is armed again and again, and does not end the wait in %s", e.Where)
	return b.String()
}

func (e Evidence) neverArmed(found string) string {
	if e.HasOwn {
		return fmt.Sprintf("%s: %s has a timeout of its own, %s, and does not use SIGALRM", found, e.Where, seconds(e.Own))
	}
	return fmt.Sprintf("%s: nothing was set to end %s", found, e.Where)
}

// classifyNow is the result for a process that was observed only once.
func classifyNow(e Evidence) (Class, string) {
	if e.Blocked && e.Pending {
		return Blocked, "SIGALRM is pending, but the thread blocks it: the handler cannot run while it waits in " + e.Where
	}
	timer := "its timer could not be read"
	switch {
	case e.After == nil && e.NoAfter != "":
		timer = "stalemate did not attach to the process: " + e.NoAfter
	case e.After != nil && e.After.Timer > 0:
		timer = "a timer runs, " + seconds(e.After.Timer) + " left"
	case e.After != nil:
		timer = "no timer runs"
	}
	return Unknown, fmt.Sprintf("it waits in %s; %s; %s; give a deadline to see whether the timeout fires", e.Where, timer, e.disposition())
}

// disposition says what SIGALRM would do.
func (e Evidence) disposition() string {
	set, known := e.restart()
	switch {
	case e.Ignored:
		return "SIGALRM is ignored"
	case !e.Caught:
		return "SIGALRM has no handler and would end the process"
	case e.Blocked:
		return "the thread blocks SIGALRM"
	case !known:
		return "SIGALRM has a handler, and it is not known whether SA_RESTART is set"
	case set && e.hides():
		return "SA_RESTART is set on SIGALRM: a handler that only sets a flag leaves " + e.Call.Name() + " waiting"
	case set && e.Call.Class() == proc.PartWay:
		return "SA_RESTART is set on SIGALRM, and restarts " + e.Call.Name() + " only if it has sent nothing"
	case set:
		return "SA_RESTART is set on SIGALRM, and " + e.Call.Name() + " fails with EINTR despite it"
	}
	return "SA_RESTART is not set on SIGALRM: the call fails with EINTR when it comes"
}

func switches(n int64) string {
	if n == 1 {
		return "+1 voluntary switch"
	}
	return fmt.Sprintf("+%d voluntary switches", n)
}

func seconds(d time.Duration) string { return d.Round(time.Millisecond).String() }
