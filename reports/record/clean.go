package record

import (
	"strings"
	"unicode"
)

// Clean makes one line of s, without control characters: what a server logs must
// not move an operator's cursor, nor look like one of stalemate's lines.
func Clean(s string) string {
	return strings.Join(strings.FieldsFunc(valid(s), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
}

// CleanLines takes the control characters out of s as Clean does, and leaves its
// lines and spaces as they are: for the tail of a log, or a list of faults.
func CleanLines(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			return r
		case unicode.IsSpace(r) && r != '\r':
			return ' '
		}
		return -1
	}, valid(s))
}

// valid replaces bytes that are no UTF-8: one of them alone (0x9b) begins an escape sequence on some terminals.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
