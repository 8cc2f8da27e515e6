package proc

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// TimedSocket tells whether a descriptor is a socket with SO_RCVTIMEO or SO_SNDTIMEO: a stop ends a wait on such a socket with
// EINTR (signal(7)). A descriptor that is not a socket is not timed.
func TimedSocket(pid, fd int) (bool, error) {
	receive, send, err := SocketTimeouts(pid, fd)
	return receive > 0 || send > 0, err
}

// SocketTimeouts reads SO_RCVTIMEO and SO_SNDTIMEO of a descriptor; 0: not set, or not a socket. It borrows the descriptor for
// some microseconds, which the process does not notice.
func SocketTimeouts(pid, fd int) (receive, send time.Duration, err error) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0, 0, fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(pidfd)
	err = borrowed(pidfd, fd, func(ours int) error {
		for option, into := range map[int]*time.Duration{unix.SO_RCVTIMEO: &receive, unix.SO_SNDTIMEO: &send} {
			tv, err := unix.GetsockoptTimeval(ours, unix.SOL_SOCKET, option)
			if errors.Is(err, unix.ENOTSOCK) {
				return nil
			}
			if err != nil {
				return err
			}
			*into = time.Duration(tv.Nano())
		}
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("read the timeouts of descriptor %d of process %d: %w", fd, pid, err)
	}
	return receive, send, nil
}

// SegmentsReceived is how many segments with data have arrived on a TCP connection of a process. It borrows the descriptor, as
// SocketTimeouts does.
func SegmentsReceived(pid, fd int) (int64, error) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0, fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(pidfd)
	var segments int64
	err = borrowed(pidfd, fd, func(ours int) error {
		info, err := unix.GetsockoptTCPInfo(ours, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil {
			segments = int64(info.Data_segs_in)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count the segments of descriptor %d of process %d: %w", fd, pid, err)
	}
	return segments, nil
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
