package autopsy

import (
	"fmt"
	"time"

	"stalemate/containers/proc"
)

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

// neverArmed says that nothing ends the wait. That SIGALRM has no handler is the design of most servers, and no fault.
func (e Evidence) neverArmed(found string) string {
	if !e.Caught && !e.Ignored {
		found = "SIGALRM has no handler, as in most servers, and " + found
	}
	if e.Wait.Threads > 1 {
		return fmt.Sprintf("%s: this thread set nothing to end %s; other threads may", found, e.Where)
	}
	return fmt.Sprintf("%s: nothing was set to end %s", found, e.Where)
}

// disposition says what SIGALRM would do.
func (e Evidence) disposition() string {
	set, known := e.restart()
	switch {
	case e.Ignored:
		return "SIGALRM is ignored"
	case !e.Caught:
		return "SIGALRM has no handler, as in most servers"
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

// wakes says how often the thread woke, and how many segments explain that.
func (e Evidence) wakes() string {
	text := switches(e.Switches)
	switch {
	case !e.Segments.known():
		return text + ", and an unknown number of segments"
	case e.Segments.Most > e.Segments.Least:
		return fmt.Sprintf("%s, %d to %d segments", text, e.Segments.Least, e.Segments.Most)
	case e.Segments.Most > 0:
		return fmt.Sprintf("%s, segments: %d", text, e.Segments.Most)
	}
	return text
}

func switches(n int64) string {
	if n == 1 {
		return "+1 voluntary switch"
	}
	return fmt.Sprintf("+%d voluntary switches", n)
}

func seconds(d time.Duration) string { return d.Round(time.Millisecond).String() }
