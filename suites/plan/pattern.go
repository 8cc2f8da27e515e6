package plan

import (
	"fmt"
	"regexp"
	"strings"
)

// Pattern compiles what --only takes: alternatives separated by "|", each a glob
// on a cell's address in which "*" stands for anything. A pattern also matches
// everything below the address that it names: "edge" is "edge/*".
func Pattern(text string) (func(address string) bool, error) {
	if strings.TrimSpace(text) == "" {
		return func(string) bool { return true }, nil
	}
	var globs []*regexp.Regexp
	for _, part := range strings.Split(text, "|") {
		part = strings.Trim(strings.TrimSpace(part), "/")
		if part == "" {
			return nil, fmt.Errorf("--only %q: an alternative is empty", text)
		}
		quoted := strings.ReplaceAll(regexp.QuoteMeta(part), `\*`, ".*")
		globs = append(globs, regexp.MustCompile("^"+quoted+"(/.*)?$"))
	}
	return func(address string) bool {
		for _, g := range globs {
			if g.MatchString(address) {
				return true
			}
		}
		return false
	}, nil
}
