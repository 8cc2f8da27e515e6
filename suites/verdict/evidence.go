package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// unknownClass is the class of an autopsy that could not decide: no evidence, neither for a cause nor against it.
const unknownClass = "unknown"

// AddAutopsies adds what was found in the processes that kept a cell's holds. A
// known-bad cell must be bad for the stated reason: where another class was
// found, or none, the reproduction proves nothing and the cell has failed.
func AddAutopsies(j *record.Judgement, wanted string, found []*record.Autopsy) {
	matching, unknown := 0, 0
	for _, a := range found {
		if a.Class == unknownClass {
			unknown++
		}
		j.Evidence = append(j.Evidence, fmt.Sprintf("PID %d (%s): %s: %s", a.PID, a.Comm, a.Class, a.Because))
		if a.Class == wanted {
			matching++
		}
	}
	if wanted == "" {
		return
	}
	if len(found) == 0 || len(found) < len(j.Measured) {
		j.Status = record.Unknown
		j.Verdict = record.Inconclusive
		j.Message = fmt.Sprintf("inconclusive: no release, and an autopsy says why of %d of %d holds; expected %q of each", len(found), len(j.Measured), wanted)
		return
	}
	if unknown > 0 && matching+unknown == len(found) && j.Status == record.Passed {
		j.Status, j.Verdict = record.Unknown, record.Inconclusive
		j.Message = fmt.Sprintf("inconclusive: the cause is %q in %d of %d processes and not known of the others; %s", wanted, matching, len(found), j.Message)
		return
	}
	if matching != len(found) && j.Status == record.Passed {
		j.Status = record.Failed
		j.Severity = record.Low
		j.Message += fmt.Sprintf("; expected the cause %q in every process, found it in %d of %d", wanted, matching, len(found))
	}
}
