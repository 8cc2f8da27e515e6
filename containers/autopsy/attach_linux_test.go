package autopsy

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/proc"
)

// stops is how often the test attaches to each program.
const stops = 50

// A stop is not noticed in the system calls that the kernel restarts. In the other two it is, which is why a thread is not
// stopped in those before the verdict.
func TestAStopIsNotNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a C compiler")
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("NOT shown on this machine: there is no gcc")
	}
	bin := filepath.Join(t.TempDir(), "waiter")
	out, err := exec.CommandContext(t.Context(), gcc, "-O1", "-pthread", "-o", bin, "testdata/waiter.c").CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(out))
	for how, noticed := range map[string]bool{
		"read": false, "accept": false, "select": false, "poll": false, "nanosleep": false, "wait": false, "spin": false, "threads": false,
		"timed-read": true, "epoll": true,
	} {
		t.Run(how, func(t *testing.T) {
			g := NewWithT(t)
			lines, pid := waiter(t, g, bin, how)
			g.Expect(<-lines).To(Equal("ready"))
			call := proc.Syscall{}
			g.Eventually(func() (err error) { call, err = proc.ReadSyscall(proc.Root, pid, pid); return err }, "1s", "20ms").Should(Succeed())
			if how != "spin" {
				g.Eventually(func() string { s, _ := proc.ReadStat(proc.Root, pid, pid); return s.State }, "1s").Should(Equal("S"))
			}
			tid := pid
			if how == "threads" {
				g.Eventually(func() ([]int, error) { return proc.Threads(proc.Root, pid) }, "1s").Should(HaveLen(2))
				tids, err := proc.Threads(proc.Root, pid)
				g.Expect(err).NotTo(HaveOccurred())
				tid = tids[1]
			}
			var took []time.Duration
			for range stops {
				l, err := readSignalState(t.Context(), proc.Root, pid, tid)
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(l.Handler).To(BeZero())
				g.Expect(l.Timer).To(BeZero())
				took = append(took, l.took)
				if noticed {
					break
				}
			}
			slices.Sort(took)
			t.Logf("attached for %s (median), %s (most)", took[len(took)/2], took[len(took)-1])
			st, err := proc.ReadStatus(proc.Root, pid, tid)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(st.Blocked).To(BeZero(), "the signal mask is restored")
			g.Expect(st.State).NotTo(Or(BeEquivalentTo('T'), BeEquivalentTo('t')), "the thread is not left stopped")
			if noticed {
				g.Eventually(lines, "1s").Should(Receive(Equal("returned -1, errno 4")), "this is why it is not stopped early")
				return
			}
			g.Consistently(lines, "100ms").ShouldNot(Receive(), "the program has noticed")
			if call, err = proc.ReadSyscall(proc.Root, pid, pid); how == "wait" || how == "read" || how == "select" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(call.Class()).To(Equal(proc.Restartable))
			}
		})
	}
}

func TestAStoppedProcessIsLeftStopped(t *testing.T) {
	g := NewWithT(t)
	cmd := exec.CommandContext(t.Context(), "sleep", "30")
	g.Expect(cmd.Start()).To(Succeed())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it lives
		_ = cmd.Wait()         // by our signal
	})
	g.Expect(cmd.Process.Signal(syscall.SIGSTOP)).To(Succeed())
	state := func() string {
		s, _ := proc.ReadStat(proc.Root, cmd.Process.Pid, cmd.Process.Pid)
		return string(s.State)
	}
	g.Eventually(state, "1s").Should(Equal("T"))
	_, err := readSignalState(t.Context(), proc.Root, cmd.Process.Pid, cmd.Process.Pid)
	g.Expect(err).To(MatchError(ErrStopped))
	// After the detach the process stops again.
	g.Eventually(state, "1s").Should(Equal("T"))
	g.Consistently(state, "50ms").Should(Equal("T"))
	g.Expect(cmd.Process.Signal(syscall.SIGCONT)).To(Succeed())
	g.Eventually(state, "1s").Should(Equal("S"))
}

func TestInspectWithoutAProcess(t *testing.T) {
	g := NewWithT(t)
	_, err := Inspect(t.Context(), 1<<22+1, Options{FD: -1})
	g.Expect(err).To(MatchError(os.ErrNotExist))
}

// waiter starts the program and sends its output lines.
func waiter(t *testing.T, g Gomega, bin, how string) (<-chan string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, how)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	lines := make(chan string, 10)
	go func() {
		for s := bufio.NewScanner(stdout); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its process group: the program and its child
		_ = cmd.Wait()                                      // by our signal
	})
	return lines, cmd.Process.Pid
}
