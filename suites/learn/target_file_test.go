package learn

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestALearnedFileNamesItsSchemaOnce(t *testing.T) {
	g := NewWithT(t)
	shown := func(s string) string { return s }
	for _, given := range []string{"version: 1\n", modeline + "mine.json\nversion: 1\n"} {
		text := write(&draft{moved: given, hide: shown}, &seen{given: true}, nil, Options{Image: "edge:1"})
		g.Expect(strings.Count(text, modeline)).To(Equal(1), text)
	}
	text := write(&draft{moved: "version: 1\n", hide: shown}, &seen{given: true}, nil, Options{Image: "edge:1"})
	g.Expect(text).To(HavePrefix("# yaml-language-server: $schema=target.schema.json\n"), "editors look at the first line")
}
