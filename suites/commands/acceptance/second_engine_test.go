//go:build faults

package acceptance_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// engineUpWithin is how long the second engine may take to answer.
const engineUpWithin = 2 * time.Minute

// secondEngine is a container engine that a test may kill, freeze and restart. It runs in PID, network and mount namespaces of its
// own: with their first process, everything that it started ends.
type secondEngine struct {
	t      *testing.T
	dir    string
	first  int       // the first process of its namespaces
	daemon *exec.Cmd // in them
	group  string    // the parent of its cgroups
}

// startSecondEngine starts one. The test's end removes it.
func startSecondEngine(t *testing.T) *secondEngine {
	t.Helper()
	g := NewWithT(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can start a second engine")
	}
	for _, program := range []string{"dockerd", "unshare", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("a second engine needs %s", program)
		}
	}
	dir, err := os.MkdirTemp("", "stalemate-engine-")
	g.Expect(err).NotTo(HaveOccurred())
	e := &secondEngine{t: t, dir: dir, group: filepath.Base(dir)}
	// The shell waits for the orphans of its namespace.
	namespaces := exec.Command("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
		"sh", "-c", "while :; do sleep 1 & wait; done")
	namespaces.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	g.Expect(namespaces.Start()).To(Succeed())
	t.Cleanup(func() {
		_ = namespaces.Process.Kill()
		_ = namespaces.Wait()
		if e.daemon != nil { // nsenter stops itself when the daemon is frozen
			_ = e.daemon.Process.Kill()
			_ = e.daemon.Wait() // it may have been waited for
		}
		e.remove()
	})
	g.Eventually(func() int { e.first = childOf(namespaces.Process.Pid); return e.first }, time.Minute, 20*time.Millisecond).ShouldNot(BeZero())
	// unshare has mounted /proc when the shell runs.
	g.Eventually(func() string { return commandOf(e.first) }, time.Minute, 20*time.Millisecond).Should(HavePrefix("sh "))
	g.Expect(os.WriteFile(filepath.Join(dir, "daemon.json"), []byte("{}"), 0o600)).To(Succeed())
	e.start()
	return e
}

// host is its address, as DOCKER_HOST has it.
func (e *secondEngine) host() string { return "unix://" + filepath.Join(e.dir, "docker.sock") }

// start starts the daemon, and waits until it answers.
func (e *secondEngine) start() {
	e.t.Helper()
	g := NewWithT(e.t)
	file := func(name string) string { return filepath.Join(e.dir, name) }
	log, err := os.OpenFile(file("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	g.Expect(err).NotTo(HaveOccurred())
	defer log.Close()
	_ = os.Remove(file("pid")) // of a daemon that was killed
	// The pods' networks are internal, so it needs no rule of a firewall.
	e.daemon = exec.Command("nsenter", "--target", strconv.Itoa(e.first), "--net", "--mount", "--pid", "dockerd", "--config-file", file("daemon.json"),
		"--data-root", file("data"), "--exec-root", file("exec"), "--pidfile", file("pid"), "--host", e.host(), "--bridge", "none",
		"--iptables=false", "--ip-forward=false", "--storage-driver", "vfs", "--cgroup-parent", "/"+e.group)
	e.daemon.Stdout, e.daemon.Stderr = log, log
	g.Expect(e.daemon.Start()).To(Succeed())
	g.Eventually(e.answers, engineUpWithin, 200*time.Millisecond).Should(BeTrue(), "see "+file("log"))
}

func (e *secondEngine) answers() bool {
	connection, err := net.DialTimeout("unix", filepath.Join(e.dir, "docker.sock"), time.Second)
	if err != nil {
		return false
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprint(connection, "GET /_ping HTTP/1.0\r\n\r\n")
	answer := make([]byte, 64)
	n, _ := connection.Read(answer)
	return strings.Contains(string(answer[:n]), "200")
}

// signal sends a signal to the daemon.
func (e *secondEngine) signal(s syscall.Signal) {
	e.t.Helper()
	NewWithT(e.t).Expect(syscall.Kill(childOf(e.daemon.Process.Pid), s)).To(Succeed())
}

// end ends the daemon with a signal, and waits for its end. Its containers live on if it had no time to stop them.
func (e *secondEngine) end(s syscall.Signal) {
	e.t.Helper()
	e.signal(s)
	_ = e.daemon.Wait() // its status is the signal's
}

// remove removes what the engine left when its processes had ended.
func (e *secondEngine) remove() {
	g := NewWithT(e.t)
	g.Eventually(func() error { return os.RemoveAll(e.dir) }, time.Minute, 200*time.Millisecond).Should(Succeed())
	groups, _ := filepath.Glob("/sys/fs/cgroup/*/" + e.group)
	for _, group := range append(groups, "/sys/fs/cgroup/"+e.group) {
		// A cgroup goes with rmdir, its children first.
		_ = exec.Command("find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";").Run()
	}
}

// childOf is the only child of a process, or 0.
func childOf(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	child, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return child
}

func commandOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.ReplaceAll(string(text), "\x00", " ")
}
