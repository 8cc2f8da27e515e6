package proc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// maxBorrowed bounds how many descriptors of a process borrowSockets tries.
const maxBorrowed = 1 << 16

// borrowed calls do with a copy of a process's descriptor (pidfd_getfd, kernel 5.6), which exists for some microseconds. It needs
// the right to trace the process.
func borrowed(pidfd, fd int, do func(ours int) error) error {
	ours, err := unix.PidfdGetfd(pidfd, fd, 0)
	if err != nil {
		return err
	}
	return errors.Join(do(ours), unix.Close(ours))
}

// borrowSockets is Sockets for a process whose /proc/PID/fd is hidden: a process that has always run as another user, where this
// one is root without CAP_DAC_READ_SEARCH. It tries every descriptor number. The process does not notice.
func borrowSockets(root string, pid int, visit func(fd int, inode uint64)) error {
	st, err := ReadStatus(root, pid, pid)
	if err != nil {
		return err
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(pidfd)
	for fd := range min(st.FDSize, maxBorrowed) {
		err := borrowed(pidfd, fd, func(ours int) error {
			var s unix.Stat_t
			if err := unix.Fstat(ours, &s); err != nil {
				return err
			}
			if s.Mode&unix.S_IFMT == unix.S_IFSOCK {
				visit(fd, s.Ino)
			}
			return nil
		})
		if err != nil && !errors.Is(err, unix.EBADF) {
			return fmt.Errorf("borrow descriptor %d of process %d: %w", fd, pid, err)
		}
	}
	return nil
}
