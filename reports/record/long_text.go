package record

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// LongestText bounds each text of an event in a log, bytes. A server writes some of these texts: its log, its answers, the
	// names of its files and processes. Each is in every report, and some are there more than once.
	LongestText = 4 << 10
	// LongestInPod bounds them in the line of an event that a program in a pod writes. It is longer than LongestText: the log
	// hides secrets before it cuts, and must not meet half a secret where it keeps the text.
	LongestInPod = 4 * LongestText
)

// Shorten cuts the middle out of a text of more than most bytes, and says so there. The end of a log says why a server ended.
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	begin, end := most*3/4, len(s)-most/4
	for begin > 0 && !utf8.RuneStart(s[begin]) {
		begin--
	}
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	return fmt.Sprintf("%s [%d bytes left out] %s", strings.TrimSpace(s[:begin]), end-begin, strings.TrimSpace(s[end:]))
}

// shortTexts shortens the texts of one event as JSON.
func shortTexts(line []byte, most int) []byte {
	if len(line) <= most {
		return line // as almost all are
	}
	return rewriteTexts(line, func(_, value string) string { return Shorten(value, most) })
}
