package autopsy

import (
	"fmt"
	"time"

	"stalemate/containers/proc"
)

// Class is the reason why nothing has ended a wait. Each class has evidence that shows it. Without evidence it is Unknown.
type Class string

// Why a timeout that relies on SIGALRM did not fire.
const (
	Restarted    Class = "restarted"      // the handler ran, and SA_RESTART restarted the system call
	Looped       Class = "looped"         // the system call failed with EINTR, and the code called it again
	Blocked      Class = "blocked"        // the signal is pending, and the thread blocks it
	Ignored      Class = "ignored"        // the signal is ignored
	NeverArmed   Class = "never-armed"    // no timer ran
	ReArmed      Class = "re-armed"       // the timer was armed again, and still runs
	SentByParent Class = "sent-by-parent" // the handler ran without a timer of the process: another process sends the signal
)

// How a thread waits whose timeout does not rely on SIGALRM, or is longer than the deadline.
const (
	EventLoop    Class = "event-loop"    // the process waits for many connections: epoll, poll, select, a pool of threads
	OwnTimeout   Class = "own-timeout"   // the wait for this connection has a timeout: of poll, select or the socket
	TimerRunning Class = "timer-running" // the process's timer runs, and is not known to have been armed again
	Unknown      Class = "unknown"       // the evidence does not decide
)

// SignalState is the state of SIGALRM and ITIMER_REAL, read while the thread was stopped.
type SignalState struct {
	Handler  uint64        // an address; 0: the default action, 1: ignored
	Restart  bool          // SA_RESTART
	Timer    time.Duration // the time left of ITIMER_REAL; 0: it does not run
	Interval time.Duration // the time that it is set to when it expires
	Soonest  int64         // the timer expires between Soonest and Latest: CLOCK_MONOTONIC, ns
	Latest   int64
}

// Count is a number that was read while it could change: it lies between Least and Most. Both are -1 if it is not known.
type Count struct{ Least, Most int64 }

// notCounted is a Count that is not known.
var notCounted = Count{-1, -1}

func (c Count) known() bool { return c.Least >= 0 && c.Most >= c.Least }

// Evidence is the input of Classify. A nil SignalState was not read.
type Evidence struct {
	Deadline bool // there is a deadline
	Caught   bool // from /proc/PID/status, after the deadline
	Ignored  bool
	Blocked  bool
	Pending  bool
	Before   *SignalState // before the deadline
	NoBefore string       // why Before was not read: "since ...", "which ..."
	After    *SignalState
	NoAfter  string        // why After was not read
	Switches int64         // the thread's voluntary context switches across the deadline; -1: not known
	Segments Count         // with data, received on the connection in that time: each can wake the thread once
	Delayed  time.Duration // how long the thread waited for a processor in that time; -1: not known
	Looked   int64         // when Switches was read the second time: CLOCK_MONOTONIC, ns

	Call     proc.Syscall
	Where    string // the system call, its descriptor and its peer, for people
	Wait     Wait
	TimedOut bool // the descriptor is a socket with a receive or send timeout
}

// Classify names the reason, and says how it shows. It is a pure function. A figure that is missing is no evidence: a class that
// needs it is not named.
func Classify(e Evidence) (Class, string) {
	if e.Blocked && e.Pending {
		return Blocked, "SIGALRM is pending, but the thread blocks it: the handler cannot run while it waits in " + e.Where
	}
	if e.Deadline && !e.running() {
		if class, because := e.byTimer(); class != "" {
			return class, because
		}
	}
	if class, because := e.Wait.class(e); class != "" {
		return class, because + e.runningTimer()
	}
	if !e.Deadline {
		return e.now()
	}
	if e.After != nil && !e.endless() {
		return Unknown, fmt.Sprintf("the thread was found in %s, and it is not known what ends that; %s", e.Where, e.disposition())
	}
	return e.byWake()
}

// running tells that no reading found the thread in a system call.
func (e Evidence) running() bool { return e.Call.Class() == proc.Running }

// endless tells that the thread waits in a system call that has no timeout. One that sleeps, or whose timeout is not known here,
// may end by itself.
func (e Evidence) endless() bool {
	class := e.Call.Class()
	return class == proc.Restartable || class == proc.PartWay || e.Wait.Endless
}

// now is the result for a thread that was observed only once.
func (e Evidence) now() (Class, string) {
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

// wake is what the thread's context switches show.
type wake int

const (
	wakeUnknown   wake = iota // a figure is missing, or the figures do not decide
	wokeForOthers             // not at all, or once for each segment
	wokeBySignal              // once more than the segments explain
)

// promptly is how long a thread may wait for a processor and still be said to have woken for each segment by itself: bytes that
// stalemate trickles are 0.7 s apart. A thread that waits longer takes two segments in one wake, which would hide a signal.
const promptly = 100 * time.Millisecond

// woke compares the thread's switches with the segments that arrived. Code that sleeps twice for each segment has as many
// more switches as there were segments, or a multiple: that is no evidence.
func (e Evidence) woke() wake {
	switch {
	case e.Switches == 0:
		return wokeForOthers
	case e.Switches < 0, !e.Segments.known():
		return wakeUnknown
	case e.Switches == e.Segments.Least && e.Switches == e.Segments.Most && e.Delayed >= 0 && e.Delayed < promptly:
		return wokeForOthers
	}
	more := e.Switches - e.Segments.Most
	if more > 0 && (e.Segments.Most == 0 || more < e.Segments.Most) {
		return wokeBySignal
	}
	return wakeUnknown
}
