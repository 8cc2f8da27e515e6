//go:build linux

package pid

import (
	"os/exec"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

// sleeper is a process that would sleep for an hour.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command("sleep", "3600")
	NewWithT(t).Expect(c.Start()).To(Succeed())
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c
}

func TestAProcessIsKilledBySignal(t *testing.T) {
	g := NewWithT(t)
	one, other := sleeper(t), sleeper(t)
	g.Expect(Kill(one.Process.Pid)).To(Succeed())
	g.Expect(one.Wait()).To(MatchError("signal: killed"))
	g.Expect(other.Process.Signal(syscall.Signal(0))).To(Succeed())
	g.Expect(Kill(one.Process.Pid)).To(MatchError(unix.ESRCH))
}

func TestAProcessIsKilledByTheEndOfItsTracer(t *testing.T) {
	g := NewWithT(t)
	for range 5 { // on whichever thread
		one := sleeper(t)
		g.Expect(onEndingThread(func() error { return seizeToKill(one.Process.Pid) })).To(Succeed())
		g.Expect(one.Wait()).To(MatchError("signal: killed"))
	}
	one := sleeper(t)
	g.Expect(one.Process.Signal(syscall.SIGKILL)).To(Succeed())
	g.Expect(one.Wait()).NotTo(Succeed())
	g.Expect(onEndingThread(func() error { return seizeToKill(one.Process.Pid) })).To(MatchError(unix.ESRCH))
}
