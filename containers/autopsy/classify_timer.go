package autopsy

import (
	"fmt"
	"strings"
	"time"

	"stalemate/containers/proc"
)

// sameTimer is by how much two readings of one timer may differ: the kernel rounds ITIMER_REAL to microseconds.
const sameTimer = 10 * time.Millisecond

// byTimer is the class if a timer of the process was seen running before the deadline. It is "" if the readings do not decide.
func (e Evidence) byTimer() (Class, string) {
	if e.Before == nil || e.Before.Timer == 0 || e.After == nil {
		return "", ""
	}
	switch {
	case e.Ignored && e.expired():
		return Ignored, fmt.Sprintf("SIGALRM is ignored: a timer with %s left before the deadline has expired, and nothing interrupted %s", seconds(e.Before.Timer), e.Where)
	case e.rearmedByHandler():
		return Restarted, fmt.Sprintf("SA_RESTART is set on SIGALRM, the handler ran at the deadline (%s) and armed its timer again, and %s was restarted", switches(e.Switches), e.Where)
	case e.movedOn() && !(e.Before.Interval > 0 && e.Wait.Many()):
		return ReArmed, e.rearmed()
	case e.expired() && e.Caught && !e.Blocked && e.interrupted() && e.woke() == wokeBySignal:
		return e.handlerRan("")
	}
	return "", ""
}

// interrupted tells that a signal that woke the thread interrupted the wait for this connection. One that accepts does not wait
// for it.
func (e Evidence) interrupted() bool {
	return e.Wait.One() && (e.Wait.Serves || !e.Call.Shared())
}

// expired tells that the timer that ran before the deadline must have expired before the second look, and does not run.
func (e Evidence) expired() bool {
	return e.After.Timer == 0 && e.Switches >= 0 && e.Before.Latest <= e.Looked
}

// movedOn tells that the timer runs after the deadline, and expires later than it would have before it.
func (e Evidence) movedOn() bool {
	return e.After.Timer > 0 && e.After.Soonest > e.Before.Latest+int64(sameTimer)
}

// rearmedByHandler tells that the timer expired while no segment arrived, that the handler ran and armed it again (vsftpd's
// handler does), and that SA_RESTART restarted the system call. The class is then restarted: the flag is the reason. Without
// the flag the call fails with EINTR each time, and the class is re-armed.
func (e Evidence) rearmedByHandler() bool {
	return e.Before.Restart && e.hides() && e.Caught && !e.Blocked && e.movedOn() && e.Switches > 0 && e.Segments.known() && e.Segments.Most == 0
}

// handlerRan is the class if the handler ran and the wait went on.
func (e Evidence) handlerRan(caveat string) (Class, string) {
	set, _ := e.restart()
	switch {
	case set && e.hides():
		return Restarted, fmt.Sprintf("SA_RESTART is set on SIGALRM, the handler ran at the deadline (%s), and %s was restarted%s", switches(e.Switches), e.Where, caveat)
	case set && e.Call.Class() == proc.PartWay:
		return Unknown, fmt.Sprintf("the handler ran at the deadline (%s), and the thread is in %s again%s: it is not known whether the kernel restarted it, since %s", switches(e.Switches), e.Where, caveat, e.why())
	}
	return Looped, fmt.Sprintf("the handler ran at the deadline (%s), %s, and the code went back into %s%s", switches(e.Switches), e.why(), e.Where, caveat)
}

func (e Evidence) rearmed() string {
	var b strings.Builder
	fmt.Fprintf(&b, "a timer still runs after the deadline (%s left", seconds(e.After.Timer))
	if e.After.Interval > 0 {
		fmt.Fprintf(&b, ", every %s", seconds(e.After.Interval))
	}
	fmt.Fprintf(&b, "), as before it (%s left): it is armed again and again, and does not end the wait in %s", seconds(e.Before.Timer), e.Where)
	return b.String()
}

// runningTimer says that ITIMER_REAL runs after the deadline, or nothing.
func (e Evidence) runningTimer() string {
	if e.After == nil || e.After.Timer == 0 {
		return ""
	}
	every := ""
	if e.After.Interval > 0 {
		every = ", and expires every " + seconds(e.After.Interval) + " then"
	}
	return fmt.Sprintf("; a timer of the process (ITIMER_REAL) has %s left%s", seconds(e.After.Timer), every)
}
