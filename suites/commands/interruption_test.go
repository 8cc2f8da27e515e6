package commands

import (
	"os/signal"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// The first signal ends the run, and the second means now. A third would end the process, as the system does.
func TestTheSecondSignalMeansNow(t *testing.T) {
	for name, first := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "SIGHUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			if signal.Ignored(first) {
				t.Skip("whoever started the tests ignores it, as nohup does, and so does the command")
			}
			g := NewWithT(t)
			i := interruptible(t.Context())
			defer i.stop()
			g.Expect(stopped(i)).To(BeEmpty())
			g.Expect(syscall.Kill(syscall.Getpid(), syscall.SIGPIPE)).To(Succeed())
			g.Expect(syscall.Kill(syscall.Getpid(), first)).To(Succeed())
			g.Eventually(i.Done(), 10*time.Second).Should(BeClosed())
			g.Expect(stopped(i)).To(Equal("interrupted by " + name))
			g.Expect(i.again).NotTo(BeClosed())
			g.Expect(syscall.Kill(syscall.Getpid(), syscall.SIGINT)).To(Succeed())
			g.Eventually(i.again, 10*time.Second).Should(BeClosed())
		})
	}
}
