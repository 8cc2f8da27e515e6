//go:build linux

package pid

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Kill kills process n of the caller's PID namespace, and no other process. The caller may have another user: without CAP_KILL it
// needs CAP_SYS_PTRACE.
func Kill(n int) error {
	err := unix.Kill(n, unix.SIGKILL)
	if errors.Is(err, unix.EPERM) {
		err = onEndingThread(func() error { return seizeToKill(n) })
	}
	if err != nil {
		return fmt.Errorf("kill process %d: %w", n, err)
	}
	return nil
}

// seizeToKill traces process n so that the kernel kills it when the calling thread ends. That asks for no right to send signals.
func seizeToKill(n int) error {
	_, _, errno := syscall.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(n), 0, unix.PTRACE_O_EXITKILL, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// onEndingThread calls f on a thread that ends afterwards.
func onEndingThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if unix.Gettid() == unix.Getpid() {
			// The main thread does not end. While it is locked here, another goroutine gets another thread.
			done <- onEndingThread(f)
			runtime.UnlockOSThread()
			return
		}
		done <- f()
	}()
	return <-done
}
