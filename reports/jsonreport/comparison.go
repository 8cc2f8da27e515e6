package jsonreport

import "stalemate/reports/record"

// Comparison is the whole report of a run that compared two builds.
type Comparison struct {
	FormatVersion int                    `json:"format_version"`
	Result        string                 `json:"result"` // PASS, FAIL, INCONCLUSIVE
	Exit          int                    `json:"exit"`
	Below         int                    `json:"below_fail_on,omitempty"` // cells that got worse and do not count
	Count         map[record.Outcome]int `json:"count"`
	record.Head
	record.Comparison
}

func comparison(s record.Summary) Comparison {
	below := 0
	for _, cell := range s.Comparison.Cells {
		if cell.Below {
			below++
		}
	}
	return Comparison{FormatVersion: FormatVersion, Result: s.Word(), Exit: s.Exit(), Below: below, Count: s.Comparison.Count(),
		Head: s.Head, Comparison: *s.Comparison}
}
