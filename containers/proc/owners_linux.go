package proc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Owner is a process that owns a socket, and its descriptor.
type Owner struct{ PID, FD int }

// ErrHidden means that the descriptors of some processes could not be read.
var ErrHidden = errors.New("descriptors of some processes are hidden")

// Owners finds the processes that own the sockets with these inodes, in one walk over all processes. A descriptor costs about a
// microsecond. If the descriptors of some processes are hidden, the error is ErrHidden, and the result has the rest.
func Owners(root string, wanted map[uint64]bool) (map[uint64][]Owner, error) {
	pids, err := PIDs(root)
	if err != nil {
		return nil, err
	}
	found := make(map[uint64][]Owner)
	hidden := 0
	for _, pid := range pids {
		err := Sockets(root, pid, func(fd int, inode uint64) {
			if wanted[inode] {
				found[inode] = append(found[inode], Owner{pid, fd})
			}
		})
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			hidden++
		}
	}
	if hidden > 0 {
		return found, fmt.Errorf("%w: %d of %d", ErrHidden, hidden, len(pids))
	}
	return found, nil
}

// Sockets calls visit for each socket among a process's descriptors.
func Sockets(root string, pid int, visit func(fd int, inode uint64)) error {
	dir, err := os.Open(Path(root, pid, "fd"))
	if errors.Is(err, unix.EACCES) && borrowSockets(root, pid, visit) == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list descriptors of process %d: %w", pid, err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("list descriptors of process %d: %w", pid, err)
	}
	var buf [64]byte
	for _, name := range names {
		n, err := unix.Readlinkat(int(dir.Fd()), name, buf[:])
		if err != nil {
			continue // closed since
		}
		fd, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if inode, ok := ParseSocketLink(string(buf[:n])); ok {
			visit(fd, inode)
		}
	}
	return nil
}

// ParseSocketLink parses the link of a descriptor: "socket:[12345]".
func ParseSocketLink(link string) (uint64, bool) {
	digits, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	digits, ok = strings.CutSuffix(digits, "]")
	if !ok {
		return 0, false
	}
	inode, err := strconv.ParseUint(digits, 10, 64)
	return inode, err == nil
}
