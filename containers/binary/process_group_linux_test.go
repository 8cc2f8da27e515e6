package binary

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestACommandRunsOnlyWhenItIsWatched(t *testing.T) {
	g := NewWithT(t)
	begun := filepath.Join(t.TempDir(), "begun")
	gone := false
	err := RunGroup(exec.CommandContext(t.Context(), "touch", begun), func(int) func() {
		g.Consistently(func() error { _, err := os.Stat(begun); return err }, 300*time.Millisecond).ShouldNot(Succeed())
		return func() { gone = true }
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(begun).To(BeAnExistingFile())
	g.Expect(gone).To(BeTrue())
}

// The pipe ends without a line when stalemate dies before the reaper knows the PID.
func TestACommandThatNobodyWatchesDoesNotRun(t *testing.T) {
	g := NewWithT(t)
	begun := filepath.Join(t.TempDir(), "begun")
	waits, begin, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer waits.Close()
	cmd := exec.CommandContext(t.Context(), "touch", begun)
	waitForLine(waits, cmd)
	g.Expect(begin.Close()).To(Succeed())
	g.Expect(cmd.Run()).NotTo(Succeed())
	g.Expect(begun).NotTo(BeAnExistingFile())
}

func TestACommandThatIsNotFoundIsNamed(t *testing.T) {
	g := NewWithT(t)
	watched := func(int) func() { return func() {} }
	g.Expect(RunGroup(exec.CommandContext(t.Context(), "no-such-program"), watched)).To(MatchError(exec.ErrNotFound))
	err := RunGroup(exec.CommandContext(t.Context(), "sh", "-c", "exit 7", "name"), watched)
	g.Expect(err).To(MatchError(ContainSubstring("exit status 7")))
}
