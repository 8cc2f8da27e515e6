package proc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// TimedSocket tells whether a descriptor is a socket with SO_RCVTIMEO or SO_SNDTIMEO: a stop ends a wait on such a socket with
// EINTR (signal(7)). It borrows the descriptor for some microseconds, which the process does not notice. A descriptor that is
// not a socket is not timed.
func TimedSocket(pid, fd int) (bool, error) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false, fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(pidfd)
	timed := false
	err = borrowed(pidfd, fd, func(ours int) error {
		for _, option := range []int{unix.SO_RCVTIMEO, unix.SO_SNDTIMEO} {
			tv, err := unix.GetsockoptTimeval(ours, unix.SOL_SOCKET, option)
			if errors.Is(err, unix.ENOTSOCK) {
				return nil
			}
			if err != nil {
				return err
			}
			timed = timed || tv.Sec != 0 || tv.Usec != 0
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("read the timeouts of descriptor %d of process %d: %w", fd, pid, err)
	}
	return timed, nil
}

var errNoPeer = errors.New("no TCP connection")

// PeerOf is the other end of a process's TCP connection, such as "10.1.2.3:555". It reads the whole table of the network
// namespace, so do not call it in a loop.
func PeerOf(root string, pid, fd int) (string, error) {
	var inode uint64
	err := Sockets(root, pid, func(got int, n uint64) {
		if got == fd {
			inode = n
		}
	})
	if err != nil {
		return "", err
	}
	sockets, err := TCPSockets(root, pid)
	if err != nil {
		return "", err
	}
	for _, s := range sockets {
		if s.Inode == inode && inode != 0 && s.Remote.Port() != 0 {
			return s.Remote.String(), nil
		}
	}
	return "", fmt.Errorf("descriptor %d of process %d: %w", fd, pid, errNoPeer)
}
