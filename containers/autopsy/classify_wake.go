package autopsy

import "fmt"

// byWake is the class of a thread that waits for one connection, with no timeout of the wait, if the readings of the timer alone
// do not decide.
func (e Evidence) byWake() (Class, string) {
	switch {
	case e.After == nil:
		return Unknown, "stalemate could not attach to the process after the deadline (" + e.NoAfter + "), so its timer and SA_RESTART are not known"
	case e.After.Timer > 0:
		return TimerRunning, e.timerRuns()
	case e.Before != nil && e.Before.Timer > 0:
		return Unknown, e.timerGone()
	case e.Before != nil:
		return e.noTimerSeen()
	}
	return e.noLookBefore()
}

// timerRuns says what is known of a timer that runs after the deadline.
func (e Evidence) timerRuns() string {
	text := fmt.Sprintf("a timer of the process (ITIMER_REAL) runs, and has %s left", seconds(e.After.Timer))
	switch {
	case e.Before == nil:
		return fmt.Sprintf("%s; it is not known when it was armed, since it was not read before the deadline (%s)", text, e.NoBefore)
	case e.Before.Timer == 0:
		return text + "; it was armed after the first look"
	}
	return text + "; it was armed before the deadline, for a later time"
}

// timerGone says why it is not known what became of a timer that ran before the deadline.
func (e Evidence) timerGone() string {
	ran := fmt.Sprintf("a timer with %s left ran before the deadline and does not run now", seconds(e.Before.Timer))
	switch {
	case e.Switches < 0:
		return ran + ", and the deadline was not watched, so it is not known whether the handler ran; " + e.disposition()
	case e.Before.Latest > e.Looked:
		return ran + ": the program stopped it before it expired"
	case !e.Caught || e.Blocked:
		return fmt.Sprintf("%s, but SIGALRM did not interrupt %s; %s", ran, e.Where, e.disposition())
	case e.Switches == 0:
		return ran + ", but the thread did not wake: another thread took the signal"
	case e.woke() == wokeForOthers:
		return fmt.Sprintf("%s, and the thread woke (%s) only for bytes that arrived", ran, switches(e.Switches))
	case !e.interrupted():
		return fmt.Sprintf("%s, and the thread woke (%s), but in %s it may wait for others than this connection; %s", ran, switches(e.Switches), e.Where, e.disposition())
	}
	return fmt.Sprintf("%s, and the thread woke (%s), but bytes that arrived may have woken it; %s", ran, switches(e.Switches), e.disposition())
}

// noTimerSeen is the class if both looks found no timer.
func (e Evidence) noTimerSeen() (Class, string) {
	const found = "no timer ran before the deadline or after it"
	switch {
	case !e.Caught || e.Blocked:
		return NeverArmed, e.neverArmed(found)
	case e.woke() == wokeForOthers && e.Switches == 0:
		return NeverArmed, e.neverArmed(found)
	case e.woke() == wokeForOthers:
		return NeverArmed, e.neverArmed(found + ", and the thread woke only for bytes that arrived")
	case e.woke() == wokeBySignal && e.Wait.Serves && e.interrupted():
		return SentByParent, fmt.Sprintf("the handler ran at the deadline (%s) though no timer of the process ran before or after: another process sends SIGALRM; %s", e.wakes(), e.outcome())
	case e.Switches < 0:
		return Unknown, found + ", and the deadline was not watched, so it is not known whether another process sent SIGALRM; " + e.disposition()
	}
	return Unknown, fmt.Sprintf("%s, and the thread woke (%s), but bytes or others may have woken it; %s", found, e.wakes(), e.disposition())
}

// noLookBefore is the class if the timer was read only after the deadline, and does not run then.
func (e Evidence) noLookBefore() (Class, string) {
	switch {
	case e.Ignored:
		return Unknown, "SIGALRM is ignored, and no timer runs; it is not known whether one ran before the deadline, " + e.NoBefore
	case !e.Caught:
		return NeverArmed, e.neverArmed("no timer runs, and none has fired")
	case e.Switches < 0:
		return Unknown, "no timer runs, and the deadline was not watched, so it is not known whether the handler ran; " + e.disposition()
	case e.Wait.Threads != 1 && (e.Switches == 0 || e.Blocked):
		return Unknown, "no timer runs, and the thread did not wake, but another thread may have taken the signal; " + e.disposition()
	case e.Switches == 0, e.Blocked:
		return NeverArmed, e.neverArmed("no timer runs, and the thread did not wake at the deadline")
	case e.woke() != wokeBySignal:
		return Unknown, fmt.Sprintf("no timer runs, and the thread woke at the deadline (%s), but bytes that arrived may have woken it; %s", e.wakes(), e.disposition())
	}
	if set, _ := e.restart(); set && e.hides() && e.Wait.Serves && e.interrupted() {
		return e.handlerRan(fmt.Sprintf(" (its timer was not read before the deadline, %s; a signal from another process would look the same)", e.NoBefore))
	}
	return Unknown, fmt.Sprintf("no timer runs, and the thread woke at the deadline (%s), but it is not known whether one ran before it, %s; %s", e.wakes(), e.NoBefore, e.disposition())
}
