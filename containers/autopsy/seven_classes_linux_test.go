package autopsy_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/autopsy"
	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// Seven programs, one for each class. The autopsy must name each right this often, without a miss.
const repetitions = 20

const (
	programs = "../../fixtures/seven-classes"
	limit    = 2 * time.Second         // the programs' alarm
	around   = 1600 * time.Millisecond // the looks are so long before and after it
	tries    = 4                       // where the evidence does not decide, as for a cell: a busy machine delays bytes and looks
	stagger  = 7 * time.Millisecond    // between starts, so that attaches do not slow each other down
)

func TestSevenClassesAreNamedRight(t *testing.T) {
	if testing.Short() {
		t.Skip("the seven classes are NOT shown in a short run: it takes 12 s and a C compiler")
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("the seven classes are NOT shown on this machine: there is no gcc")
	}
	g := NewWithT(t)
	bin := t.TempDir()
	sources, err := filepath.Glob(filepath.Join(programs, "*.c"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(sources).To(HaveLen(7))

	for _, source := range sources {
		out, err := exec.CommandContext(t.Context(), gcc, "-O1", "-o", filepath.Join(bin, classOf(source)), source).CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), string(out))
	}
	for name, send := range map[string]func(class string, conn net.Conn, deadline time.Time){"silent": silent, "trickled": trickled} {
		t.Run(name, func(t *testing.T) { sevenClasses(t, sources, bin, send) })
	}
}

// sevenClasses inspects each program repeatedly, while send sends bytes to it.
func sevenClasses(t *testing.T, sources []string, bin string, send func(class string, conn net.Conn, deadline time.Time)) {
	g := NewWithT(t)
	var mu sync.Mutex
	named := make(map[string][]record.Autopsy)
	var all sync.WaitGroup
	next := time.NewTicker(stagger)
	defer next.Stop()
	for range repetitions {
		for _, source := range sources {
			<-next.C
			class, program := classOf(source), filepath.Join(bin, classOf(source))
			all.Go(func() {
				var a record.Autopsy
				var err error
				for range tries {
					a, err = autopsyOf(t.Context(), program, func(conn net.Conn, deadline time.Time) { send(class, conn, deadline) })
					if err == nil && a.Class != string(autopsy.Unknown) {
						break
					}
				}
				if err != nil {
					t.Errorf("%s: %v", class, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				named[class] = append(named[class], a)
			})
		}
	}
	all.Wait()
	g.Expect(named).To(HaveLen(7))
	var took []float64
	for class, list := range named {
		right := 0
		for _, a := range list {
			if a.Class == class {
				right++
				took = append(took, a.Took)
			} else {
				t.Errorf("%s was named %s: %s; %+v", class, a.Class, a.Because, a)
			}
		}
		t.Logf("%s: %d of %d: %s", class, right, len(list), list[0].Because)
		if right != repetitions {
			t.Errorf("%s: %d of %d named right", class, right, repetitions)
		}
	}
	slices.Sort(took)
	t.Logf("attached for %.6f s (median), %.6f s (most)", took[len(took)/2], took[len(took)-1])
}

func silent(string, net.Conn, time.Time) {}

const (
	trickleEvery = 300 * time.Millisecond
	trickleLeft  = 400 * time.Millisecond // before the deadline, where a byte after it would end the hold
)

// trickled sends bytes, each of which wakes the thread. In two programs the handler sets a flag, which the next byte shows to the
// code: for these the bytes end before the deadline.
func trickled(class string, conn net.Conn, deadline time.Time) {
	if class == "restarted" || class == "sent-by-parent" {
		deadline = deadline.Add(-trickleLeft)
	} else {
		deadline = deadline.Add(limit)
	}
	tick := time.NewTicker(trickleEvery)
	defer tick.Stop()
	for range tick.C {
		if time.Now().After(deadline) {
			return
		}
		if _, err := conn.Write([]byte{'t'}); err != nil {
			return // the test has closed it
		}
	}
}

func classOf(source string) string { return strings.TrimSuffix(filepath.Base(source), ".c") }

// autopsyOf starts a program, parks a connection, and inspects the process that serves it. It then checks that the autopsy has
// changed nothing: the connection is still open, and the process sleeps.
func autopsyOf(ctx context.Context, program string, send func(net.Conn, time.Time)) (a record.Autopsy, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "0", fmt.Sprint(int(limit.Seconds())))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return a, err
	}
	if err := cmd.Start(); err != nil {
		return a, err
	}
	defer func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // by our signal
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return a, err
	}
	var port int
	if _, err := fmt.Sscanf(line, "port %d", &port); err != nil {
		return a, err
	}
	begun := time.Now() // the alarm is armed later
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return a, err
	}
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		return a, fmt.Errorf("wait for the alarm to be armed: %w", err)
	}
	go send(conn, begun.Add(limit))
	pid, fd, err := server(cmd.Process.Pid)
	if err != nil {
		return a, err
	}
	a, err = autopsy.Inspect(ctx, pid, autopsy.Options{FD: fd, Deadline: time.Until(begun.Add(limit)), Margin: around})
	if err != nil {
		return a, err
	}
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return a, err
	}
	var timeout net.Error
	if _, err := conn.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
		return a, fmt.Errorf("the connection did not outlive the autopsy: %w", err)
	}
	if st, err := proc.ReadStatus(proc.Root, pid, pid); err != nil || st.State != 'S' {
		return a, fmt.Errorf("the process is in state %q after the autopsy: %w", st.State, err)
	}
	return a, nil
}

// server finds the process and the descriptor that serve: those of the program or of its child.
func server(main int) (pid, fd int, err error) {
	pids, err := proc.PIDs(proc.Root)
	if err != nil {
		return 0, 0, err
	}
	for _, pid := range pids {
		st, err := proc.ReadStat(proc.Root, pid, pid)
		if err != nil || (st.PID != main && st.PPID != main) {
			continue
		}
		deadline := time.Now().Add(time.Second)
		for time.Now().Before(deadline) {
			call, err := proc.ReadSyscall(proc.Root, pid, pid)
			if err != nil {
				break
			}
			if fd, ok := call.FD(); ok && call.Name() == "read" && isSocket(pid, fd) {
				return pid, fd, nil
			}
			if !call.Running && call.Name() != "write" {
				break // it waits for something else
			}
		}
	}
	return 0, 0, fmt.Errorf("no process of %d waits for its client", main)
}

func isSocket(pid, fd int) bool {
	found := false
	// A process that has ended holds none.
	_ = proc.Sockets(proc.Root, pid, func(got int, _ uint64) { found = found || got == fd })
	return found
}
