package record

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestClean(t *testing.T) {
	for in, out := range map[string]string{
		"":                       "",
		"plain text":             "plain text",
		"a\x1b[31mred\x1b[0m":    "a [31mred [0m",
		"one\r\nPASS  two\n":     "one PASS two",
		"  a\t\u00a0 b ":         "a b",
		"back\b\x07\x00 \u202eb": "back b",
		"\x9b31m":                "\uFFFD31m",
		"\u009b31m":              "31m",
		"größe → 5":              "größe → 5",
	} {
		NewWithT(t).Expect(Clean(in)).To(Equal(out), "%q", in)
	}
}

func TestCleanLinesLeavesLinesAndSpaces(t *testing.T) {
	for in, out := range map[string]string{
		"a.yaml:1:2: wrong;  see\nb.yaml: gone\n": "a.yaml:1:2: wrong;  see\nb.yaml: gone\n",
		"Step 1\r\n\tRUN  x\x1b[2J":               "Step 1\n RUN  x[2J",
		"\x9b31m":                                 "\uFFFD31m",
	} {
		NewWithT(t).Expect(CleanLines(in)).To(Equal(out), "%q", in)
	}
}
