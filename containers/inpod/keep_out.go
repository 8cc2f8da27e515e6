package inpod

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// keepOut makes the kernel refuse other processes without SYS_PTRACE what this one has open, its memory, and to trace it. Some
// commands share a PID namespace with the target: it could write into their standard output, and so answer stalemate's questions.
func keepOut() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keep other processes out of this one: %w", err)
	}
	return nil
}
