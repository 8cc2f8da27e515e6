package inspect

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// The threads of a process wait at the same time, so the longest wait of each process counts, and not their sum.
func TestWhatTheMachineTookSinceTheConnection(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	waited := func(pid, tid int, d time.Duration) {
		dir := filepath.Join(root, fmt.Sprint(pid), "task", fmt.Sprint(tid))
		g.Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, "schedstat"), fmt.Appendf(nil, "1 %d 1\n", d), 0o644)).To(Succeed())
	}
	waited(7, 7, 5*time.Second)
	waited(1, 1, time.Second)
	s := newStarvation(root)
	w := &watchedHold{before: s.before(0), owner: owner{pid: 7, parent: 1}}

	waited(7, 7, 5*time.Second+100*time.Millisecond)
	waited(7, 8, 200*time.Millisecond) // began after the connection
	waited(1, 1, time.Second+50*time.Millisecond)
	waited(20, 20, 300*time.Millisecond) // another process
	g.Expect(s.since(w).processor).To(Equal(250 * time.Millisecond))

	// A process that has ended tells nothing more: what it said last counts.
	waited(7, 7, 6*time.Second)
	s.sample(int64(2*time.Second), map[string]*watchedHold{"": w})
	g.Expect(os.RemoveAll(filepath.Join(root, "7"))).To(Succeed())
	g.Expect(s.since(w).processor).To(Equal(1050 * time.Millisecond))
}
