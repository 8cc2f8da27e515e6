package compare

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Options say how to draw a comparison.
type Options struct {
	Reports []string // paths, named at the end
	All     bool     // every cell of a long list
}

// How many cells of one kind, and problems of the run, the terminal shows: the reports have them all.
const (
	most         = 12
	mostProblems = 3
)

// alike counts the inconclusive cells that are so for the same reason.
func alike(cells []Cell, one Cell) int {
	n := 0
	for _, cell := range cells {
		if cell.Kind == Inconclusive && cell.Why == one.Why {
			n++
		}
	}
	return n
}

// repeated says whether an earlier inconclusive cell is so for the same reason.
func repeated(cells []Cell, one Cell) bool {
	first := slices.IndexFunc(cells, func(cell Cell) bool { return cell.Kind == Inconclusive && cell.Why == one.Why })
	return cells[first].Name != one.Name
}

// Write draws the comparison for a person.
func Write(out io.Writer, c Comparison, o Options) error {
	var page strings.Builder
	fmt.Fprintf(&page, "%s %s  %s -> %s  %s\n", c.Word(), record.Clean(c.Candidate.Target), record.Clean(imageName(c.Baseline, "")), record.Clean(imageName(c.Candidate, repository(c.Baseline))),
		time.Duration(c.Wall*float64(time.Second)).Round(time.Second))
	count := c.Count()
	var counts []string
	for _, kind := range Kinds() {
		counts = append(counts, fmt.Sprintf("%d %s", count[kind], loud(kind, count[kind])))
	}
	fmt.Fprintln(&page, strings.Join(counts, "  "))
	again := ""
	for _, kind := range []Kind{Regressed, Changed, Inconclusive, Fixed, Waived} {
		left := 0
		for _, cell := range c.Cells {
			if cell.Kind != kind {
				continue
			}
			if again == "" && (kind == Regressed || kind == Changed) {
				again = cell.Name
			}
			if kind == Inconclusive && repeated(c.Cells, cell) {
				continue // the same reason, told with the first cell that has it
			}
			if left++; left <= most || o.All {
				cell.write(&page, alike(c.Cells, cell))
			}
		}
		if left > most && !o.All {
			fmt.Fprintf(&page, "... and %d more %s\n", left-most, kind)
		}
	}
	for i, problem := range c.Problems {
		if i == mostProblems && !o.All {
			fmt.Fprintf(&page, "... and %d more\n", len(c.Problems)-i)
			break
		}
		fmt.Fprintf(&page, "run: %s\n", record.Clean(problem))
	}
	for _, notice := range c.Notices {
		fmt.Fprintln(&page, record.Clean(notice))
	}
	if again != "" {
		fmt.Fprintf(&page, "repro:  %s\n", record.Clean(c.Again(again)))
	}
	fmt.Fprintf(&page, "report: %-38s exit %d\n", strings.Join(o.Reports, " "), c.Exit())
	if _, err := io.WriteString(out, page.String()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// loud writes regressions so that nobody overlooks them.
func loud(kind Kind, n int) string {
	if kind == Regressed && n > 0 {
		return strings.ToUpper(string(kind))
	}
	return string(kind)
}

// Again is the command that holds one cell of the candidate.
func (c Comparison) Again(cell string) string {
	text := "stalemate check -f " + record.ShellWord(c.Candidate.File)
	for i, word := range c.Candidate.overrides {
		if i > 0 && c.Candidate.overrides[i-1] == "--image" && len(c.Candidate.Images) > 0 {
			word = exact(c.Candidate.Images[0])
		}
		text += " " + record.ShellWord(word)
	}
	return text + " --only " + record.ShellWord(c.Candidate.Target+"/"+cell)
}

// exact names an image by digest where it has one.
func exact(image record.Image) string {
	if image.Digest == "" {
		return image.Ref
	}
	return nameOf(image.Ref) + "@" + image.Digest
}

// nameOf is a reference without tag and digest.
func nameOf(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name = name[:colon]
	}
	return name
}

func repository(s Side) string {
	if len(s.Images) == 0 {
		return ""
	}
	return nameOf(s.Images[0].Ref)
}

// digits is how much of a digest a person is shown; every other report has all of it.
const digits = 12

// imageName names what a side ran: by digest, or by tag and the engine's own number where
// there is none, and by its version where it says one. The name is left out where the other side's is the same.
func imageName(s Side, same string) string {
	if len(s.Images) == 0 {
		return "?"
	}
	image := s.Images[0]
	name := exact(image)
	if nameOf(image.Ref) == same {
		name = strings.TrimPrefix(name, same)
	}
	if name == "" {
		name = same // no tag, no digest
	}
	var more []string
	if image.Digest == "" {
		more = append(more, image.ID)
	}
	if image.Version != "" {
		more = append(more, image.Version)
	}
	if s.Saved != "" {
		more = append(more, "saved run "+s.Saved)
	}
	if len(more) > 0 {
		name += " (" + strings.Join(more, ", ") + ")"
	}
	return longHash.ReplaceAllString(name, "$1")
}

var longHash = regexp.MustCompile(fmt.Sprintf("(sha256:[0-9a-f]{%d})[0-9a-f]+", digits))

// write draws one cell: what it was, what it is. An inconclusive one stands for all that are so for its reason.
func (c Cell) write(out io.Writer, alike int) {
	head := fmt.Sprintf("%-15s %-30s", strings.TrimSpace(loud(c.Kind, 1)+" "+string(c.Severity)), record.Clean(c.Name))
	switch {
	case c.Kind == Inconclusive && alike > 1:
		fmt.Fprintf(out, "%s and %d more: %s\n", strings.TrimRight(head, " "), alike-1, record.Clean(c.Why))
	case c.Kind == Inconclusive:
		fmt.Fprintf(out, "%s %s\n", head, record.Clean(c.Why))
	case c.Kind == Changed && c.Allowed > 0:
		fmt.Fprintf(out, "%s %s\n", head, c.Times())
	default:
		if limit := limitText(c.plan()); limit != "" {
			head += " " + record.Clean(limit)
		}
		fmt.Fprintf(out, "%s\n  baseline   %s\n  candidate  %s\n", strings.TrimRight(head, " "), record.Clean(c.Baseline.Text()), record.Clean(c.Candidate.Text()))
	}
}

func (c Cell) plan() record.Plan {
	if p := c.Candidate.plan(); p.Suite != "" {
		return p
	}
	return c.Baseline.plan()
}
