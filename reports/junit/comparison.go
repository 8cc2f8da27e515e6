package junit

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"stalemate/reports/record"
)

// comparison is a run that compared two builds, as JUnit knows it: one suite, one case for each cell. A cell that makes
// the run fail is a failure. A cell that got worse by less than --fail-on passes, so that JUnit and exit status
// agree, and says so in its output.
func comparison(s record.Summary) suites {
	c := s.Comparison
	one := suite{Name: text("compare." + c.Candidate.Target), Time: seconds(s.Wall), Timestamp: timestamp(s.UnixTime),
		File: text(c.Candidate.File), Properties: comparisonProperties(s)}
	for _, cell := range c.Cells {
		one.add(comparedTest(one.Name, s, cell))
	}
	sort.SliceStable(one.Cases, func(i, j int) bool { return one.Cases[i].Name < one.Cases[j].Name })
	if len(s.Problems) > 0 {
		one.add(test{Class: "stalemate.run", Name: "whole", Error: &fault{Type: "inconclusive", Message: text(s.Problems[0]),
			Body: text(strings.Join(s.Problems, "\n"))}})
	}
	return suites{Name: "stalemate", Time: seconds(s.Wall), Suites: []suite{one},
		Tests: one.Tests, Failures: one.Failures, Errors: one.Errors}
}

// comparedTest is one cell; its time is that of the candidate's longest hold.
func comparedTest(class string, s record.Summary, cell record.Compared) test {
	out := test{Class: class, Name: text(cell.Cell), Time: seconds(cell.Candidate.Longest)}
	details := fmt.Sprintf("baseline   %s\ncandidate  %s\nagain      %s\n", cell.Baseline.Text, cell.Candidate.Text, s.Comparison.Candidate.Again(cell.Cell))
	worse := string(cell.Outcome)
	if cell.Severity != "" {
		worse += ", " + string(cell.Severity)
	}
	switch {
	case cell.Fails():
		out.Failure = newFault(string(cell.Outcome), worse+": "+cell.Message(), details)
	case cell.Outcome == record.OutcomeInconclusive:
		out.Error = newFault("inconclusive", cell.Message(), details)
	case cell.Below:
		out.SystemOut = &body{Text: text(notCounted(string(cell.Outcome), cell.Severity, s.FailOn) + details)}
	case cell.Outcome == record.OutcomeNotApplicable || cell.Outcome == record.OutcomeWaived:
		out.Skipped = &skip{Message: text(worse + ": " + cell.Message())}
	}
	return out
}

func comparisonProperties(s record.Summary) []property {
	all := map[string]string{"run": s.Run, "stalemate": s.Version, "command": s.Command, "exit": strconv.Itoa(s.Exit()),
		"fail_on": string(s.FailOn), "below_fail_on": s.BelowFailOn()}
	for key, value := range s.Engine {
		all["engine."+key] = value
	}
	for key, value := range s.Versions {
		all["version."+key] = value
	}
	for i, notice := range s.Notices {
		all[fmt.Sprintf("notice.%d", i+1)] = notice
	}
	for side, build := range map[record.Side]record.Build{record.Baseline: s.Comparison.Baseline, record.Candidate: s.Comparison.Candidate} {
		for _, image := range build.Images {
			prefix := string(side) + ".image"
			all[prefix], all[prefix+".id"], all[prefix+".digest"], all[prefix+".version"] = image.Ref, image.ID, image.Digest, image.Version
		}
		all[string(side)+".saved_run"] = build.Saved
	}
	return sorted(all)
}
