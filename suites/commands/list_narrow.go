package commands

import (
	"fmt"
	"io"
	"strings"

	"stalemate/suites/plan"
)

// listNarrow prints the cells for a terminal that is too narrow for the table: the address in one line, and under it the rest.
func listNarrow(out io.Writer, p *plan.Plan, width int) error {
	const indent = "    "
	for _, c := range p.Cells {
		about := string(c.Plan.Expect) + ": " + expectation(c)
		if run := runOf(c); run != "" {
			about += "; " + run
		}
		lines := append([]string{c.Address}, indented(about, indent, width)...)
		if len(c.Plan.Controls) > 0 {
			lines = append(lines, indented("controls: "+strings.Join(c.Plan.Controls, ", "), indent, width)...)
		}
		if _, err := fmt.Fprintln(out, strings.Join(lines, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// indented breaks a text at its spaces into lines of at most width columns.
func indented(text, indent string, width int) []string {
	var lines []string
	line := indent
	for _, word := range strings.Fields(text) {
		if line != indent && len(line)+1+len(word) > width {
			lines, line = append(lines, line), indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
