package acceptance_test

import (
	"path/filepath"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
)

// Two runs of one target file at the same time meet neither's names, networks nor ends.
func TestTwoRunsAtOnceDisturbNeither(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	path := binary(t)
	var both sync.WaitGroup
	ends := make([]ended, 2)
	for i := range ends {
		dir := t.TempDir()
		both.Go(func() {
			ends[i] = execute(t, path, "check", "--out", dir, "-f", filepath.Join(moduleRoot, "fixtures", "nginx"), "--only", "nginx/web/*")
		})
	}
	both.Wait()
	for _, e := range ends {
		NewWithT(t).Expect(e.exit).To(Equal(0), e.out+e.errOut)
	}
}
