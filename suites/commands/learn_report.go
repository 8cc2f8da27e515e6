package commands

import (
	"fmt"
	"io"
	"strings"

	"stalemate/reports/record"
	"stalemate/suites/learn"
)

// reportWidth is the longest line of the report.
const reportWidth = 80

// report says what was learnt and written, and the next command to type.
func (o learnOutputs) report(written learn.Written, out io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "learnt: %s with a limit, %s\n", record.Counted(written.Limited, "cell"), weaknessesCounted(len(written.Weaknesses)))
	for _, text := range written.Weaknesses {
		b.WriteString(wrapped("  WEAKNESS ", text))
	}
	next := "stalemate check -f "
	switch {
	case o.target == nil:
		b.WriteString("learn wrote the target file to standard output. Save it as target.yaml.\n")
		next += "target.yaml"
	default:
		fmt.Fprintf(b, "learn wrote %s.\n", o.target.name)
		next += record.ShellWord(o.target.name)
	}
	if o.waivers != nil {
		fmt.Fprintf(b, "learn wrote %s. It accepts the weaknesses for 90 days.\n", o.waivers.name)
		next += " --waivers " + record.ShellWord(o.waivers.name)
	}
	fmt.Fprintf(b, "Next: %s\n", next)
	_, err := io.WriteString(out, b.String())
	return err
}

func weaknessesCounted(n int) string {
	if n == 1 {
		return "1 weakness"
	}
	return fmt.Sprintf("%d weaknesses", n)
}

// wrapped writes a text in lines of at most reportWidth columns. Its further lines are indented.
func wrapped(begin, text string) string {
	b := &strings.Builder{}
	line := begin
	for i, word := range strings.Fields(text) {
		if i > 0 && len(line)+1+len(word) > reportWidth {
			b.WriteString(line + "\n")
			line = "   "
		}
		if line != begin {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}
