package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"stalemate/reports/compare"
	"stalemate/reports/record"
)

// WriteComparison writes a comparison to out: one suite, one case for each cell. A
// cell that got worse by less than --fail-on is skipped with the reason, so that
// JUnit and exit status agree.
func WriteComparison(out io.Writer, c compare.Comparison) error {
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	one := suite{Name: text("compare." + c.Candidate.Target), Timestamp: timestamp(c.UnixTime), Properties: comparisonProperties(c)}
	for _, cell := range c.Cells {
		one.add(comparedTest(one.Name, c, cell))
	}
	sort.SliceStable(one.Cases, func(i, j int) bool { return one.Cases[i].Name < one.Cases[j].Name })
	if len(c.Problems) > 0 {
		one.add(test{Class: "stalemate.run", Name: "whole", Error: &fault{Type: "inconclusive", Message: text(c.Problems[0]),
			Body: text(strings.Join(c.Problems, "\n"))}})
	}
	doc := suites{Name: "stalemate", Time: seconds(c.Wall), Suites: []suite{one},
		Tests: one.Tests, Failures: one.Failures, Errors: one.Errors, Skipped: one.Skipped}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(doc); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(out, "\n")
	return err
}

// comparedTest is one cell; its time is that of the candidate's longest hold.
func comparedTest(class string, c compare.Comparison, cell compare.Cell) test {
	out := test{Class: class, Name: text(cell.Name), Time: seconds(cell.Candidate.Longest())}
	message := text(cell.Message())
	body := text(fmt.Sprintf("baseline   %s\ncandidate  %s\nagain      %s\n", cell.Baseline.Text(), cell.Candidate.Text(), c.Again(cell.Name)))
	worse := string(cell.Kind)
	if cell.Severity != "" {
		worse += ", " + string(cell.Severity)
	}
	switch {
	case c.Fails(cell):
		out.Failure = &fault{Type: text(string(cell.Kind)), Message: text(worse + ": " + cell.Message()), Body: body}
	case cell.Kind == compare.Inconclusive:
		out.Error = &fault{Type: "inconclusive", Message: message, Body: body}
	case cell.Kind == compare.Regressed || cell.Kind == compare.Changed:
		out.Skipped = &skip{Message: text("below --fail-on, " + worse + ": " + cell.Message())}
	case cell.Kind == compare.NotApplicable || cell.Kind == compare.Waived:
		out.Skipped = &skip{Message: text(worse + ": " + cell.Message())}
	}
	return out
}

func comparisonProperties(c compare.Comparison) []property {
	all := map[string]string{"run": c.Run, "stalemate": c.Version, "command": c.Command, "exit": strconv.Itoa(c.Exit()), "fail_on": string(c.FailOn)}
	for key, value := range c.Engine {
		all["engine."+key] = value
	}
	for key, value := range c.Versions {
		all["version."+key] = value
	}
	for i, notice := range c.Notices {
		all[fmt.Sprintf("notice.%d", i+1)] = notice
	}
	for side, one := range map[record.Side]compare.Side{record.Baseline: c.Baseline, record.Candidate: c.Candidate} {
		for _, image := range one.Images {
			prefix := string(side) + ".image"
			all[prefix], all[prefix+".id"], all[prefix+".digest"], all[prefix+".version"] = image.Ref, image.ID, image.Digest, image.Version
		}
		all[string(side)+".saved_run"] = one.Saved
	}
	return sorted(all)
}
