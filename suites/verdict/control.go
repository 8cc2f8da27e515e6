package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// restarted is the cause whose opposite must be seen in a control.
const restarted = "restarted"

// Control is what another cell says about a failure that was expected and seen.
type Control struct {
	Address   string
	Judgement record.Judgement // without a verdict: it is not in the run
	Inspected *record.Autopsy  // of a live worker of its target; nil: none
	Why       string           // why there is none
}

// AddControls makes a failure that was expected and seen depend on its controls: each must have
// fired. Where the cause is SA_RESTART, the same look must have found that it is not set in a worker of theirs.
func AddControls(j *record.Judgement, wanted string, controls []Control) {
	if len(controls) == 0 {
		j.Verdict, j.Status = record.Inconclusive, record.Unknown
		j.Message = fmt.Sprintf("inconclusive: the cell has no control, so it proves nothing; %s", j.Message)
		return
	}
	for _, c := range controls {
		if c.Judgement.Verdict == record.NotRun {
			j.Verdict, j.Status = record.NotRun, record.Skipped
			j.Message = fmt.Sprintf("not-run: the control %s did not run: %s; without it: %s", c.Address, c.Judgement.Message, j.Message)
			return
		}
		why := ""
		switch {
		case c.Judgement.Verdict == "":
			why = absent(c.Address)
		case c.Judgement.Verdict != record.Fired || c.Judgement.Status != record.Passed:
			why = fmt.Sprintf("the control %s is %s", c.Address, c.Judgement.Verdict)
		case wanted == restarted && c.Inspected == nil:
			why = fmt.Sprintf("stalemate inspected no worker of the control %s: %s", c.Address, c.Why)
		case wanted == restarted:
			_, why = Inspection(c.Inspected)
		}
		if why != "" {
			j.Verdict, j.Status = record.Inconclusive, record.Unknown
			j.Message = fmt.Sprintf("inconclusive: %s, so the cell proves nothing; %s", why, j.Message)
			return
		}
		j.Evidence = append(j.Evidence, fmt.Sprintf("control %s: %s", c.Address, c.Judgement.Message))
		if c.Inspected != nil {
			line, _ := Inspection(c.Inspected)
			j.Evidence = append(j.Evidence, "control: "+line)
		}
		j.Message += fmt.Sprintf("; control %s fired", c.Address)
	}
}

// absent says of a control that it is missing, and what to do.
func absent(address string) string {
	return fmt.Sprintf("the control %s is not in this run (add its file with another -f)", address)
}

// AddInspection makes a cell in which everything fired answer for what was found in a live
// worker of its target: SA_RESTART is not set on SIGALRM.
func AddInspection(j *record.Judgement, a *record.Autopsy, whyNot string) {
	line, fault := Inspection(a)
	if a == nil {
		fault = whyNot
	}
	switch {
	case fault == "":
		j.Evidence = append(j.Evidence, line)
	case a != nil && a.Caught && a.Restart && j.Status == record.Passed:
		j.Status, j.Severity = record.Failed, record.Low
		j.Message += "; " + fault
	case j.Status == record.Passed:
		j.Verdict, j.Status = record.Inconclusive, record.Unknown
		j.Message = fmt.Sprintf("inconclusive: no proof that SA_RESTART is not set: %s; %s", fault, j.Message)
	}
}

// Inspection says what the inspection of a healthy worker found, or what is wrong with it.
func Inspection(a *record.Autopsy) (line, fault string) {
	switch {
	case a == nil:
		return "", "stalemate did not inspect it"
	case a.NotAttached != "" || !a.Attached:
		return "", fmt.Sprintf("stalemate could not inspect process %d: %s", a.PID, a.NotAttached)
	case !a.Caught:
		return "", fmt.Sprintf("process %d (%s) has no handler for SIGALRM", a.PID, a.Comm)
	case a.Restart:
		return "", fmt.Sprintf("SA_RESTART is set on SIGALRM in process %d (%s) of the control", a.PID, a.Comm)
	}
	return fmt.Sprintf("PID %d (%s), alive and held: SA_RESTART is not set on SIGALRM, handler %s", a.PID, a.Comm, a.Handler), ""
}
