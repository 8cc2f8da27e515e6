package proc

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// TimedSocket tells whether a descriptor is a socket with a receive or send
// timeout: a wait on it ends with EINTR on any stop. It borrows the descriptor
// for some microseconds (pidfd_getfd), which the process does not notice. A
// descriptor that is no socket is not timed.
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

// PeerOf is the other end of a process' TCP connection, "10.1.2.3:555". It
// reads the whole table of the process' network namespace, so it is for one look, not for watching.
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
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(Path(root, pid, name))
		if err != nil {
			continue // no IPv6
		}
		for line := range strings.Lines(string(text)) {
			if peer, n, ok := ParseTCPLine(line); ok && n == inode && inode != 0 && peer.Port() != 0 {
				return peer.String(), nil
			}
		}
	}
	return "", fmt.Errorf("descriptor %d of process %d: %w", fd, pid, errNoPeer)
}

// ParseTCPLine reads the remote end and the inode of a line of /proc/net/tcp or tcp6.
func ParseTCPLine(line string) (netip.AddrPort, uint64, bool) {
	fields := strings.Fields(line)
	if len(fields) < 10 {
		return netip.AddrPort{}, 0, false
	}
	address, port, ok := strings.Cut(fields[2], ":")
	raw, errAddr := hex.DecodeString(address)
	p, errPort := strconv.ParseUint(port, 16, 16)
	inode, errInode := strconv.ParseUint(fields[9], 10, 64)
	if !ok || errors.Join(errAddr, errPort, errInode) != nil || (len(raw) != 4 && len(raw) != 16) {
		return netip.AddrPort{}, 0, false
	}
	for i := 0; i < len(raw); i += 4 { // each word is printed in the machine's byte order
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	a, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), inode, true
}
