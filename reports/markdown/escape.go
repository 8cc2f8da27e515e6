package markdown

import (
	"strings"
	"unicode/utf8"

	"stalemate/reports/record"
)

// longest is how many bytes of one text a table shows.
const longest = 400

// inline writes a text so that nothing in it is Markdown or HTML: a server chooses much of it. A mention would notify somebody.
func inline(s string) string {
	var out strings.Builder
	for _, r := range shortened(s) {
		switch {
		case r == '@':
			out.WriteString("@\u200b")
		case strings.ContainsRune("\\`*_[]()!|#~<>&:", r):
			out.WriteString("\\" + string(r))
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// code writes a text as code. A backquote would end it, and a bar would end the column.
func code(s string) string {
	if s = strings.ReplaceAll(shortened(s), "`", "'"); s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", "\\|") + "`"
}

func shortened(s string) string {
	s = record.Clean(s)
	if len(s) <= longest {
		return s
	}
	cut := longest
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + " ..."
}
