package verdict

import (
	"fmt"
	"slices"

	"stalemate/reports/record"
)

// unknownClass is the class of an autopsy that could not decide: no evidence, neither for a cause nor against it.
const unknownClass = "unknown"

// timerRunning is the class of a process whose alarm timer runs after the deadline.
const timerRunning = "timer-running"

// sentByParent is the class of a process whose SIGALRM comes from another process, as from the parent in Apache 1.3.
const sentByParent = "sent-by-parent"

// alwaysEINTR is the class of a system call that SA_RESTART does not restart.
const alwaysEINTR = "always-eintr"

// shows says whether an autopsy found the cause. A read that SA_RESTART restarted counts as restarted, whoever sent the signal.
func shows(wanted string, a *record.Autopsy) bool {
	if wanted == restarted && a.Class == sentByParent {
		read := slices.Contains([]string{"read", "readv", "recvfrom", "recvmsg"}, a.Syscall)
		return a.Restart && read && a.SyscallClass != alwaysEINTR
	}
	return a.Class == wanted
}

// leavesCauseOpen says whether an autopsy cannot say which cause it was: it has no class, or a timer runs and it is not known
// whether the handler armed it again, because nobody could look before the deadline.
func leavesCauseOpen(a *record.Autopsy) bool {
	return a.Class == unknownClass || a.Class == timerRunning && a.TimerBefore == nil
}

// AddAutopsies adds the autopsies of the processes that kept a cell's holds. A known-bad cell must be
// bad for the stated cause. If a process has another cause, the cell has failed. If its cause is
// unknown, the cell is inconclusive.
func AddAutopsies(j *record.Judgement, wanted string, found []*record.Autopsy) {
	matching, unknown := 0, 0
	for _, a := range found {
		if leavesCauseOpen(a) {
			unknown++
		}
		j.Evidence = append(j.Evidence, fmt.Sprintf("PID %d (%s): %s: %s", a.PID, a.Comm, a.Class, a.Because))
		if shows(wanted, a) {
			matching++
		}
	}
	if wanted == "" {
		return
	}
	if len(found) == 0 || len(found) < len(j.Holds) {
		j.Status = record.Unknown
		j.Verdict = record.Inconclusive
		j.Message = fmt.Sprintf("inconclusive: no release; the autopsy explains %d of %d holds; expected cause %q for each", len(found), len(j.Holds), wanted)
		return
	}
	if unknown > 0 && matching+unknown == len(found) && j.Status == record.Passed {
		j.Status, j.Verdict = record.Unknown, record.Inconclusive
		j.Message = fmt.Sprintf("inconclusive: the cause is %q in %d of %d processes and unknown in the others; %s", wanted, matching, len(found), j.Message)
		return
	}
	if matching != len(found) && j.Status == record.Passed {
		j.Status = record.Failed
		j.Severity = record.Low
		j.Message += fmt.Sprintf("; found the cause %q in %d of %d processes; expected it in each", wanted, matching, len(found))
	}
}
