// Package junit writes a run as JUnit XML: a suite for each suite and target, a case for each cell, sorted.
package junit

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Write writes the summary of a run to out.
func Write(out io.Writer, s record.Summary) error {
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(document(s)); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(out, "\n")
	return err
}

// document is the run as JUnit knows it.
func document(s record.Summary) suites {
	if s.Comparison != nil {
		return comparison(s)
	}
	doc := suites{Name: "stalemate", Time: seconds(s.Wall)}
	for _, target := range s.Targets {
		for _, one := range target.Suites {
			if made := newSuite(s, target, one); made.Tests > 0 {
				doc.Suites = append(doc.Suites, made)
			}
		}
	}
	sort.Slice(doc.Suites, func(i, j int) bool { return doc.Suites[i].Name < doc.Suites[j].Name })
	if run, ok := ofTheRun(s); ok {
		doc.Suites = append([]suite{run}, doc.Suites...)
	}
	// The schema has no properties at <testsuites>, and some readers pass over a suite
	// without cases: the run's properties are in the first suite.
	if len(doc.Suites) > 0 {
		first := &doc.Suites[0]
		first.Properties = merged(runProperties(s), first.Properties)
	}
	for _, one := range doc.Suites {
		doc.Tests += one.Tests
		doc.Failures += one.Failures
		doc.Errors += one.Errors
	}
	return doc
}

func newSuite(s record.Summary, target *record.Target, one *record.Suite) suite {
	// The holds of a suite wait at the same time, so its time is less than the sum of its cells' times.
	out := suite{Name: text(one.Name + "." + target.Name), Time: seconds(one.Wall()), Timestamp: timestamp(s.UnixTime), Properties: properties(target, one)}
	if one.Started != nil {
		out.Timestamp = timestamp(s.UnixTime + int64(*one.Started))
	}
	red := false
	for _, cell := range one.Cells {
		if cell.Plan.Canary {
			continue // it tests stalemate; ofTheRun says when it was not caught
		}
		out.File = text(cell.Plan.File)
		tested := newTest(out.Name, s.FailOn, cell)
		out.add(tested)
		red = red || tested.Failure != nil || tested.Error != nil
	}
	sort.SliceStable(out.Cases, func(i, j int) bool { return out.Cases[i].Name < out.Cases[j].Name })
	if red {
		out.SystemOut = logTail(target)
	}
	return out
}

// newTest is one cell as a test case. Its class is suite and target, its name the rest of its address.
// A failure below failOn passes, so that JUnit and exit status agree, and says so in its output.
func newTest(class string, failOn record.Severity, cell *record.Cell) test {
	name := strings.TrimPrefix(cell.Address, cell.Target+"/")
	out := test{Class: class, Name: text(name), Time: seconds(cell.Took())}
	judgement, verdict := cell.Judgement, "no-judgement"
	if judgement != nil {
		verdict = string(judgement.Verdict)
	}
	switch cell.Status {
	case record.Passed:
	case record.Failed:
		if cell.Below {
			out.SystemOut = &body{Text: text(notCounted(verdict, judgement.Severity, failOn) + cell.Message() + "\n" + details(cell))}
			break
		}
		out.Failure = newFault(verdict, cell.Message(), details(cell))
	case record.Skipped:
		out.Skipped = &skip{Message: text(cell.SkippedText())}
	default:
		out.Error = newFault(verdict, cell.Message(), details(cell))
	}
	return out
}

// newFault is a failure or an error. Readers show the message, so it is never empty.
func newFault(kind, message, body string) *fault {
	return &fault{Type: text(kind), Message: text(cmp.Or(message, "stalemate gave no reason")), Body: text(body)}
}

// notCounted says of a cell that is not as it should be why its case passes. The cell was tested, so it is not skipped.
func notCounted(what string, severity, failOn record.Severity) string {
	return fmt.Sprintf("%s, %s: below --fail-on %s, so it does not make the run fail\n", what, severity, failOn)
}

// details is what a person needs in addition to the message.
func details(cell *record.Cell) string {
	var out strings.Builder
	row := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%-10s %s\n", label, value)
		}
	}
	row("measured", cell.MeasuredText())
	row("expected", cell.Plan.Expected())
	row("set by", cell.Plan.SetBy())
	row("released", cell.ReleasedText())
	if cell.Judgement != nil {
		row("because", cell.Judgement.Because)
	}
	for _, hold := range cell.Holds {
		if hold.Failed != "" {
			row("hold", hold.ID+": "+hold.Failed)
		}
	}
	for _, autopsy := range cell.Autopsies {
		row("because", fmt.Sprintf("%s: %s (pid %d)", autopsy.Class, autopsy.Because, autopsy.PID))
	}
	if cell.Judgement != nil {
		for _, line := range cell.Judgement.Evidence {
			row("evidence", line)
		}
	}
	row("file", cell.Plan.Place())
	row("again", cell.Again())
	return out.String()
}

// ofTheRun is a suite with the problems of the run: JUnit must not be green where
// the exit status is not.
func ofTheRun(s record.Summary) (suite, bool) {
	if len(s.Problems) == 0 {
		return suite{}, false
	}
	out := suite{Name: "stalemate.run", Time: seconds(s.Wall), Timestamp: timestamp(s.UnixTime)}
	out.add(test{Class: out.Name, Name: "whole", Time: seconds(s.Wall), Error: &fault{
		Type: "inconclusive", Message: text(s.Problems[0]), Body: text(strings.Join(s.Problems, "\n"))}})
	return out, true
}

func (s *suite) add(one test) {
	s.Cases = append(s.Cases, one)
	s.Tests++
	switch {
	case one.Failure != nil:
		s.Failures++
	case one.Error != nil:
		s.Errors++
	case one.Skipped != nil:
		s.Skipped++
	}
}

// tailBytes is how much of a target's log goes into a report, from its end.
const tailBytes = 16 << 10

func logTail(target *record.Target) *body {
	var out strings.Builder
	for _, log := range target.Logs {
		fmt.Fprintf(&out, "--- log of %s\n%s\n", log.Pod, strings.TrimRight(log.Note, "\n"))
	}
	if out.Len() == 0 {
		return nil
	}
	tail := out.String()
	if len(tail) > tailBytes {
		tail = "[...]" + tail[len(tail)-tailBytes:]
	}
	return &body{Text: text(tail)}
}

func timestamp(unix int64) string {
	if unix == 0 {
		return ""
	}
	return time.Unix(unix, 0).UTC().Format("2006-01-02T15:04:05")
}
