package terminal

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// bound is a space at which wrap does not break: between a number and its unit.
const bound = "\u00a0"

// wrap breaks s at spaces into rows of at most width columns, where its words allow.
func wrap(s string, width int) []string {
	var rows []string
	row := ""
	for i, word := range strings.Split(s, " ") {
		switch {
		case i == 0:
			row = word
		case text.StringWidthWithoutEscSequences(row)+1+text.StringWidthWithoutEscSequences(word) <= width || word == "":
			row += " " + word
		default:
			rows = append(rows, row)
			row = word
		}
	}
	rows = append(rows, row)
	for i := range rows {
		rows[i] = strings.TrimRight(strings.ReplaceAll(rows[i], bound, " "), " ")
	}
	return rows
}
