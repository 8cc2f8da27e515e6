package inspect

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

const programs = "../../fixtures/seven-classes"

// program builds and starts one of the seven programs, connects to it, and returns when its alarm is armed.
func program(t *testing.T, g Gomega, name, seconds string) (*net.TCPConn, *exec.Cmd) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a C compiler and some seconds")
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("NOT shown on this machine: there is no gcc")
	}
	source := filepath.Join(programs, name+".c")
	if name == "healthy" {
		source = filepath.Join("testdata", "healthy.c")
	}
	bin := filepath.Join(t.TempDir(), name)
	out, err := exec.CommandContext(t.Context(), gcc, "-o", bin, source).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
	cmd := exec.CommandContext(t.Context(), bin, "0", seconds)
	stdout, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // by our signal
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	g.Expect(err).NotTo(HaveOccurred())
	var port int
	_, err = fmt.Sscanf(line, "port %d", &port)
	g.Expect(err).NotTo(HaveOccurred())
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), 2*time.Second)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { c.Close() })
	_, err = io.ReadFull(c, make([]byte, 1))
	g.Expect(err).NotTo(HaveOccurred())
	return c.(*net.TCPConn), cmd
}

func TestPlannedAutopsy(t *testing.T) {
	r := start(t)
	c, cmd := program(t, r.g, "restarted", "2")
	deadline := monotonicPlus(2 * time.Second)
	local, peer := ends(c)
	r.send(Command{Watch: &Watch{Hold: "h", Cell: "a/b", Local: local, Peer: peer, ParkedT: record.Now()}})
	r.g.Expect(r.next().Kind).To(Equal(record.HoldProven))
	r.send(Command{AutopsyPlan: &AutopsyPlan{Hold: "h", Deadline: deadline}})
	r.send(Command{Workers: &Workers{Main: cmd.Process.Pid}})
	workers := r.next().Workers
	r.g.Expect(workers).To(HaveLen(1))
	r.g.Expect(workers[0]).To(And(HaveField("Hold", "h"), HaveField("Syscall", "read"), HaveField("Established", 1)))
	before, after := r.next(), r.next()
	r.g.Expect(before.Sample).NotTo(BeNil(), before.Error)
	r.g.Expect(after.Sample).NotTo(BeNil(), after.Error)
	r.g.Expect(after.Sample.Voluntary - before.Sample.Voluntary).To(BeEquivalentTo(1))
	r.g.Expect(before.T).To(BeNumerically("<", deadline))
	r.g.Expect(after.T).To(BeNumerically(">", deadline))

	r.send(Command{Autopsy: &AutopsyNow{Hold: "h"}})
	done := r.next()
	r.g.Expect(done.Kind).To(Equal(record.AutopsyDone))
	r.g.Expect(done.Cell).To(Equal("a/b"))
	r.g.Expect(done.Autopsy.Class).To(Equal("restarted"), done.Autopsy.Because)
	r.g.Expect(done.Autopsy.SyscallPeer).To(Equal(local.String()))
	r.g.Expect(done.Autopsy.TimerBefore).To(HaveValue(BeNumerically(">", 0)))
	r.g.Expect(done.Autopsy.TimerAfter).To(HaveValue(BeZero()))
}

func TestAutopsyWithoutAPlan(t *testing.T) {
	r := start(t)
	c, _ := program(t, r.g, "looped", "60")
	local, peer := ends(c)
	r.send(Command{Watch: &Watch{Hold: "h", Local: local, Peer: peer, ParkedT: record.Now()}})
	r.g.Expect(r.next().Kind).To(Equal(record.HoldProven))
	r.send(Command{Autopsy: &AutopsyNow{Hold: "h"}})
	a := r.next().Autopsy
	r.g.Expect(a.Class).To(Equal("unknown"))
	r.g.Expect(a.Restart).To(BeFalse())
	r.g.Expect(a.Because).To(ContainSubstring("SA_RESTART is not set on SIGALRM"))
	r.g.Expect(a.Switches).To(BeNil())
}
