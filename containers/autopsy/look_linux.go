package autopsy

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/autopsy/proc"
)

// saRestart is SA_RESTART. Source: asm-generic/signal-defs.h; the same on amd64 and arm64.
const saRestart = 0x10000000

// attachWithin bounds the wait for a thread to stop. One in an uninterruptible
// sleep does not stop; it is given up, not waited for.
const attachWithin = 2 * time.Second

// looked is a Look with what only the stop showed.
type looked struct {
	Look
	call proc.Syscall
	took time.Duration
}

// lookInto stops the thread for some 0.2 ms and reads SIGALRM's action and ITIMER_REAL.
func lookInto(ctx context.Context, root string, pid, tid int) (*looked, error) {
	if err := mayPutCalls(root, pid); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, attachWithin)
	defer cancel()
	var l looked
	began := time.Now()
	err := traced(ctx, pid, tid, func(t *tracee) error {
		l.call = t.waiting()
		a, err := t.action(ctx, unix.SIGALRM)
		if err != nil {
			return err
		}
		l.Handler, l.Restart = a.handler, a.flags&saRestart != 0
		l.Timer, l.Interval, err = t.timer(ctx)
		return err
	})
	l.took = time.Since(began)
	if err != nil {
		return nil, fmt.Errorf("look into process %d: %w", pid, err)
	}
	return &l, nil
}

// sigaction is the kernel's struct sigaction, alike on amd64 and arm64.
type sigaction struct{ handler, flags, restorer, mask uint64 }

// action reads a signal's action by a call put into the thread.
func (t *tracee) action(ctx context.Context, sig unix.Signal) (sigaction, error) {
	if err := t.call(ctx, unix.SYS_RT_SIGACTION, uint64(sig), 0, t.scratch, 8); err != nil {
		return sigaction{}, fmt.Errorf("read the action of %s: %w", sig, err)
	}
	w, err := t.words()
	return sigaction{w[0], w[1], w[2], w[3]}, err
}

// setAction sets it.
func (t *tracee) setAction(ctx context.Context, sig unix.Signal, a sigaction) error {
	var b []byte
	for _, w := range []uint64{a.handler, a.flags, a.restorer, a.mask} {
		b = order.AppendUint64(b, w)
	}
	if _, err := unix.PtracePokeData(t.tid, uintptr(t.scratch), b); err != nil {
		return fmt.Errorf("write memory: %w", err)
	}
	if err := t.call(ctx, unix.SYS_RT_SIGACTION, uint64(sig), t.scratch, 0, 8); err != nil {
		return fmt.Errorf("set the action of %s: %w", sig, err)
	}
	return nil
}

// timer reads ITIMER_REAL, which alarm() sets as well.
func (t *tracee) timer(ctx context.Context) (left, interval time.Duration, err error) {
	if err := t.call(ctx, unix.SYS_GETITIMER, 0, t.scratch); err != nil {
		return 0, 0, fmt.Errorf("read its timer: %w", err)
	}
	w, err := t.words()
	at := func(i int) time.Duration {
		return time.Duration(w[i])*time.Second + time.Duration(w[i+1])*time.Microsecond
	}
	return at(2), at(0), err
}

// words reads the first four words of the scratch memory.
func (t *tracee) words() ([4]uint64, error) {
	var w [4]uint64
	b := make([]byte, 8*len(w))
	if _, err := unix.PtracePeekData(t.tid, uintptr(t.scratch), b); err != nil {
		return w, fmt.Errorf("read memory: %w", err)
	}
	for i := range w {
		w[i] = order.Uint64(b[8*i:])
	}
	return w, nil
}

// mayPutCalls refuses a process with more system call filters than are usual
// where it runs: a filter that a program sets itself (vsftpd, sshd) may kill it
// for rt_sigaction. The engine's own filter is one, and allows both calls.
func mayPutCalls(root string, pid int) error {
	theirs, err := filters(root, pid)
	if err != nil {
		return err
	}
	ours, err := filters(proc.Root, os.Getpid())
	if err != nil {
		return err
	}
	usual := ours
	if theirNS, err := os.Readlink(proc.Path(root, pid, "ns/pid")); err == nil {
		if ourNS, err := os.Readlink("/proc/self/ns/pid"); err == nil && ourNS != theirNS {
			usual = max(usual, 1)
		}
	}
	if theirs > usual {
		return fmt.Errorf("process %d: %w", pid, ErrFilter)
	}
	return nil
}

// filters counts the system call filters of a process; kernels before 5.9 do not tell, and count as none.
func filters(root string, pid int) (int, error) {
	text, err := os.ReadFile(proc.Path(root, pid, "status"))
	if err != nil {
		return 0, fmt.Errorf("read the status of process %d: %w", pid, err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "Seccomp_filters:"); ok {
			_, err = fmt.Sscan(v, &n)
		}
	}
	return n, err
}
