package leftover

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestMoreFilesThanAreListed: 10,001 files made a start inconclusive.
func TestMoreFilesThanAreListed(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	for i := range MaxFiles + 1 {
		g.Expect(os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%06d", i)), nil, 0o600)).To(Succeed())
	}
	found, err := walk("/", dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(HaveLen(MaxFiles))
	g.Expect(found[0]).To(And(HaveField("Kind", Directory), HaveField("Note", Cut)))
	g.Expect(found[1].Note).To(BeEmpty())
}
