package autopsy

import (
	"fmt"
	"os"

	"stalemate/containers/proc"
)

// mayInjectCalls refuses a process with more seccomp filters than usual: a program's own filter (vsftpd, sshd) may kill it for
// rt_sigaction. One filter is usual in a container: the engine's, which allows both system calls.
func mayInjectCalls(root string, pid int) error {
	theirs, err := proc.ReadStatus(root, pid, pid)
	if err != nil {
		return err
	}
	ours, err := proc.ReadStatus(proc.Root, os.Getpid(), os.Getpid())
	if err != nil {
		return err
	}
	usual := ours.Filters
	if theirNS, err := os.Readlink(proc.Path(root, pid, "ns/pid")); err == nil {
		if ourNS, err := os.Readlink(proc.Path(proc.Root, os.Getpid(), "ns/pid")); err == nil && ourNS != theirNS {
			usual = max(usual, 1)
		}
	}
	if theirs.Filters > usual {
		return fmt.Errorf("process %d: %w", pid, ErrFilter)
	}
	return nil
}
