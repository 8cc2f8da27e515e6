package autopsy

import (
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
)

func TestBackInCall(t *testing.T) {
	g := NewWithT(t)
	cmd := exec.CommandContext(t.Context(), "sleep", "30")
	g.Expect(cmd.Start()).To(Succeed())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // by our signal
	}()
	c, err := Open(proc.Root, cmd.Process.Pid, -1)
	g.Expect(err).NotTo(HaveOccurred())
	var sleeping proc.Syscall
	g.Eventually(func() (string, error) {
		sleeping, err = c.readCall()
		return sleeping.Name(), err
	}, 10*time.Second, 10*time.Millisecond).Should(Equal("clock_nanosleep"))
	g.Expect(c.backInCall(t.Context(), sleeping)).To(BeTrue())
	g.Expect(c.backInCall(t.Context(), proc.Syscall{NR: unix.SYS_READ})).To(BeFalse())
}

func TestNoStopBeforeTheDeadlineInACallThatSends(t *testing.T) {
	for _, nr := range []int64{unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDFILE} {
		g := NewWithT(t)
		c := &Case{}
		call := proc.Syscall{NR: nr}
		g.Expect(c.mayStop(call, IfHarmless)).To(BeFalse(), call.Name())
		g.Expect(c.noBefore).To(Equal("since a stop ends a " + call.Name() + " that has sent a part"))
	}
}
