package inspect

import (
	"io"
	"net"
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// An injection breaks the timeout of a healthy, live server: it fires before and never after.
func TestInjectedRestart(t *testing.T) {
	r := start(t)
	healthy := func() (*net.TCPConn, *exec.Cmd) { return program(t, r.g, "healthy", "1") }
	released := func(c *net.TCPConn) bool {
		r.g.Expect(c.SetReadDeadline(time.Now().Add(2 * time.Second))).To(Succeed())
		_, err := c.Read(make([]byte, 1))
		return err == io.EOF
	}
	c, _ := healthy()
	r.g.Expect(released(c)).To(BeTrue(), "without an injection the timeout fires")
	c, cmd := healthy()
	yes := true
	r.send(Command{Inject: &Inject{PID: cmd.Process.Pid, Signal: "ALRM", Restart: &yes}})
	e := r.next()
	r.g.Expect(e.Error).To(BeEmpty())
	r.g.Expect(e.Kind).To(Equal(record.Injected))
	r.g.Expect(e.Note).To(ContainSubstring("SA_RESTART set on SIGALRM"))
	r.g.Expect(released(c)).To(BeFalse(), "with SA_RESTART the read is restarted")
}
