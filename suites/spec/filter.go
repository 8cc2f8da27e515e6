package spec

import (
	"regexp"
	"slices"
	"strings"
)

// keys are the keys of the labels, see the package comment.
func keys() []string { return []string{"target", "listener", "stage", "mode", "scenario", "bug"} }

// operations are Ginkgo's operations on label sets. A filter may have one after a key.
func operations() []string {
	return []string{"isempty", "containsany", "containsall", "consistsof", "issubsetof"}
}

// keyed matches a key of a filter and its value, up to the next operator.
var keyed = regexp.MustCompile(`(\w+):\s*([^&|!,()/{}]+)`)

// Filter writes a label filter as Ginkgo 2.34 reads it. Ginkgo takes what follows a colon for a set operation
// (`target: containsAny nginx`); a person writes `target: nginx`, as the label is written.
func Filter(text string) string {
	parts := strings.Split(text, "/") // every other part is a regular expression
	for i := 0; i < len(parts); i += 2 {
		parts[i] = keyed.ReplaceAllStringFunc(parts[i], func(one string) string {
			m := keyed.FindStringSubmatch(one)
			value := strings.TrimSpace(m[2])
			first, _, _ := strings.Cut(value, " ")
			if value == "" || !slices.Contains(keys(), m[1]) || slices.Contains(operations(), strings.ToLower(first)) {
				return one
			}
			return m[1] + ": containsAny {" + value + "} "
		})
	}
	return strings.TrimSpace(strings.Join(parts, "/"))
}
