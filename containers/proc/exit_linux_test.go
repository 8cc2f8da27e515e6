package proc

import (
	"os/exec"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

// TestAZombieTellsHowItEnded: before its parent waits, every kernel shows the exit code.
func TestAZombieTellsHowItEnded(t *testing.T) {
	for script, expect := range map[string]struct {
		signal string
		status int
	}{
		"read x; kill -SEGV $$": {signal: "SIGSEGV"},
		"read x; kill -KILL $$": {signal: "SIGKILL"},
		"read x; exit 3":        {status: 3},
		"read x; exit 0":        {status: 0},
	} {
		t.Run(script, func(t *testing.T) {
			g := NewWithT(t)
			child := exec.Command("/bin/sh", "-c", script)
			stdin, err := child.StdinPipe()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(child.Start()).To(Succeed())
			h, err := OpenHandle(Root, child.Process.Pid)
			g.Expect(err).NotTo(HaveOccurred())
			defer unix.Close(h.FD)
			g.Expect(h.Ending()).To(BeFalse())
			g.Expect(stdin.Close()).To(Succeed())
			g.Eventually(func() (int, error) {
				return unix.Poll([]unix.PollFd{{Fd: int32(h.FD), Events: unix.POLLIN}}, 0)
			}, "5s", "5ms").Should(Equal(1))
			g.Expect(h.Ending()).To(BeTrue())
			e, err := h.Exit()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(e.Signal()).To(Equal(expect.signal))
			if status, ok := e.Status(); ok {
				g.Expect(status).To(Equal(expect.status))
			}
			_ = child.Wait()
			switch e, err := h.Exit(); {
			case err != nil:
				g.Expect(err).To(MatchError(ErrTaken), "a kernel before 6.15")
			default:
				g.Expect(e.Signal()).To(Equal(expect.signal), "a kernel that keeps it")
			}
		})
	}
}
