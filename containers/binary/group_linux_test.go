package binary

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestACommandBeginsWhenItIsWatched(t *testing.T) {
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

// What the pipe's end stands for: the end of this process before it could tell anybody.
func TestACommandThatNobodyWatchesDoesNotBegin(t *testing.T) {
	g := NewWithT(t)
	begun := filepath.Join(t.TempDir(), "begun")
	waits, begin, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer waits.Close()
	cmd := exec.CommandContext(t.Context(), "touch", begun)
	behind(waits, cmd)
	g.Expect(begin.Close()).To(Succeed())
	g.Expect(cmd.Run()).NotTo(Succeed())
	g.Expect(begun).NotTo(BeAnExistingFile())
}

func TestACommandThatIsNotThereIsNamed(t *testing.T) {
	g := NewWithT(t)
	watched := func(int) func() { return func() {} }
	g.Expect(RunGroup(exec.CommandContext(t.Context(), "no-such-program"), watched)).To(MatchError(exec.ErrNotFound))
	err := RunGroup(exec.CommandContext(t.Context(), "sh", "-c", "exit 7", "name"), watched)
	g.Expect(err).To(MatchError(ContainSubstring("exit status 7")))
}
