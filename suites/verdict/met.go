package verdict

import "stalemate/reports/record"

// Measured is a cell, what was planned of it, and what was measured.
type Measured struct {
	Address string // such as nginx/tls/tls.client-hello/trickle
	Plan    record.Plan
	record.Judgement
}

// Met says whether a judgement passes, and says of the cell what its plan expects: the limit fired, the server started, or a
// known-bad server failed for the stated reason while its control did not.
func Met(m Measured) bool {
	expect := m.Judgement.Expect
	if expect == "" {
		expect = m.Plan.Expect
	}
	return m.Status == record.Passed && (m.Verdict == expect || m.Verdict == record.AsDeclared || expect == "")
}
