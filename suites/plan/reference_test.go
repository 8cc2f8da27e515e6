package plan_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target/reference"
)

// TestTheReferenceListsTheStages compares the table of stages with the stages that there are.
func TestTheReferenceListsTheStages(t *testing.T) {
	g := NewWithT(t)
	page, err := reference.Read(filepath.Join("..", "..", "fixtures", "TARGET.md"))
	g.Expect(err).NotTo(HaveOccurred())
	var written, want []string
	for _, row := range page.Tables()["stages"] {
		written = append(written, strings.Join(row, " | "))
	}
	for _, s := range stages.All() {
		if s.Presence == stages.WhereDescribed {
			continue // a file gives it its name
		}
		var modes []string
		for _, mode := range s.Modes {
			modes = append(modes, string(mode))
		}
		held := string(s.Presence)
		if s.Needs != stages.AnyPath {
			held += ", with `request." + string(s.Needs) + "`"
		}
		want = append(want, strings.Join([]string{"`" + s.Name + "`", strings.Join(s.Protocols, ", "), strings.Join(modes, ", "), held, s.Sends}, " | "))
	}
	g.Expect(slices.Compact(written)).To(Equal(want))
}
