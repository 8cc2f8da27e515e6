package compare

import (
	"fmt"
	"io"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Options say how to draw a comparison.
type Options struct {
	FailOn  record.Severity // "" means High
	File    string          // the target file, for the command that repeats a cell
	Image   string          // the candidate, for that command
	Reports []string        // paths, named at the end
}

// Write compares, draws the comparison, and gives the exit status.
func Write(out io.Writer, baseline, candidate Side, o Options) (int, error) {
	if o.FailOn == "" {
		o.FailOn = record.High
	}
	cells := Compare(baseline, candidate)
	exit := Exit(cells, o.FailOn, baseline, candidate)
	var page strings.Builder
	word := map[int]string{record.ExitOK: "PASS", record.ExitFailed: "FAIL", record.ExitInconclusive: "INCONCLUSIVE"}[exit]
	fmt.Fprintf(&page, "%s %s  %s -> %s  %s\n", word, candidate.Target, image(baseline), image(candidate), wall(baseline, candidate))
	count := map[Kind]int{}
	for _, cell := range cells {
		count[cell.Kind]++
	}
	var counts []string
	for _, kind := range []Kind{Same, Fixed, Regressed, Changed, Waived, Inconclusive, NotApplicable} {
		name := string(kind)
		if kind == Regressed && count[kind] > 0 {
			name = strings.ToUpper(name)
		}
		counts = append(counts, fmt.Sprintf("%d %s", count[kind], name))
	}
	fmt.Fprintln(&page, strings.Join(counts, "  "))
	again := ""
	for _, kind := range []Kind{Regressed, Changed, Inconclusive, Fixed, Waived} {
		for _, cell := range cells {
			if cell.Kind != kind {
				continue
			}
			cell.write(&page)
			if again == "" && (kind == Regressed || kind == Changed) {
				again = cell.Name
			}
		}
	}
	for _, side := range []Side{baseline, candidate} {
		for _, run := range side.Runs {
			for _, problem := range run.Problems {
				fmt.Fprintf(&page, "run %s: %s\n", run.Run, problem)
			}
		}
	}
	if again != "" && o.File != "" {
		fmt.Fprintf(&page, "repro:  stalemate check -f %s", o.File)
		if o.Image != "" {
			fmt.Fprintf(&page, " --image %s", o.Image)
		}
		fmt.Fprintf(&page, " --only %s\n", again)
	}
	fmt.Fprintf(&page, "report: %-38s exit %d\n", strings.Join(o.Reports, " "), exit)
	if _, err := io.WriteString(out, page.String()); err != nil {
		return exit, fmt.Errorf("write the comparison: %w", err)
	}
	return exit, nil
}

// write draws one cell: what it was, what it is.
func (c Cell) write(out io.Writer) {
	name := string(c.Kind)
	if c.Kind == Regressed {
		name = strings.ToUpper(name)
	}
	head := fmt.Sprintf("%-9s %-7s %s", name, c.Severity, c.Name)
	switch {
	case c.Kind == Inconclusive:
		fmt.Fprintf(out, "%s   %s\n", head, c.Why)
	case c.Kind == Changed && c.Allowed > 0:
		fmt.Fprintf(out, "%s   %.1fs -> %.1fs (spread %.1fs; allowed %.1fs)\n", head, c.Baseline.Median(), c.Candidate.Median(),
			max(c.Baseline.Spread(), c.Candidate.Spread()), c.Allowed)
	default:
		if limit := c.Baseline.Cells[0].Plan.Limit; limit != nil {
			head += fmt.Sprintf("   limit %gs", limit.Seconds)
			if limit.By != "" {
				head += ", " + limit.By
			}
		}
		fmt.Fprintf(out, "%s\n  baseline   %s\n  candidate  %s\n", head, c.Baseline.text(), c.Candidate.text())
	}
}

// text is a sample in one line.
func (s Sample) text() string {
	const shown = 10 // times that stand in one line
	cell := s.Cells[0]
	switch {
	case s.Open > 0:
		text := fmt.Sprintf("open at %gs (%d of %d)", cell.Plan.Cap, s.Open, s.Open+len(s.Times))
		if evidence := cell.Judgement.Evidence; len(evidence) > 0 {
			text += ", " + evidence[0]
		}
		return text
	case len(s.Times) == 0:
		return strings.TrimSpace(fmt.Sprintf("%s %s", s.Verdicts[0], cell.Judgement.Message))
	}
	var times []string
	for _, value := range s.Times[:min(shown, len(s.Times))] {
		times = append(times, fmt.Sprintf("%.1f", value))
	}
	text := fmt.Sprintf("%s %ss", s.Verdicts[0], strings.Join(times, " "))
	if left := len(s.Times) - shown; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

// image names what a side ran: by digest where there is one.
func image(s Side) string {
	for _, run := range s.Runs {
		for _, target := range run.Targets {
			if target.Name == s.Target && len(target.Images) > 0 {
				if digest := target.Images[0].Digest; digest != "" {
					return digest
				}
				return target.Images[0].Ref
			}
		}
	}
	return "?"
}

// wall is how long the longer side took: both run at the same time.
func wall(sides ...Side) time.Duration {
	longest := 0.0
	for _, side := range sides {
		sum := 0.0
		for _, run := range side.Runs {
			sum += run.Wall
		}
		longest = max(longest, sum)
	}
	return time.Duration(longest * float64(time.Second)).Round(time.Second)
}
