package proc

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// TCPSocket is one line of /proc/PID/net/tcp or tcp6. An IPv4 address in IPv6 form is given as IPv4.
type TCPSocket struct {
	Local, Remote netip.AddrPort
	Listens       bool
	Inode         uint64
}

// stateListen is TCP_LISTEN as the kernel prints it.
const stateListen = "0A"

// TCPSockets lists the TCP sockets of the network namespace of a process.
func TCPSockets(root string, pid int) ([]TCPSocket, error) {
	var all []TCPSocket
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(Path(root, pid, name))
		if errors.Is(err, fs.ErrNotExist) && name == "net/tcp6" {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, fmt.Errorf("list the TCP sockets that process %d sees: %w", pid, err)
		}
		found, err := ParseTCPTable(string(text))
		if err != nil {
			return nil, fmt.Errorf("list the TCP sockets that process %d sees: %s: %w", pid, name, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// ParseTCPTable parses /proc/net/tcp or tcp6. The first line is a heading.
func ParseTCPTable(text string) ([]TCPSocket, error) {
	var all []TCPSocket
	number := 0
	for line := range strings.Lines(text) {
		number++
		if number == 1 || strings.TrimSpace(line) == "" {
			continue
		}
		s, err := ParseTCPLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// ParseTCPLine parses one line of /proc/net/tcp or tcp6.
func ParseTCPLine(line string) (TCPSocket, error) {
	fields := strings.Fields(line)
	if len(fields) < 10 {
		return TCPSocket{}, fmt.Errorf("%d fields: %.200q", len(fields), line)
	}
	local, errLocal := parseEnd(fields[1])
	remote, errRemote := parseEnd(fields[2])
	inode, errInode := strconv.ParseUint(fields[9], 10, 64)
	if err := errors.Join(errLocal, errRemote, errInode); err != nil {
		return TCPSocket{}, err
	}
	return TCPSocket{Local: local, Remote: remote, Listens: fields[3] == stateListen, Inode: inode}, nil
}

// parseEnd parses an address as the kernel prints it: words of four bytes in the machine's byte order, a colon, the port.
func parseEnd(text string) (netip.AddrPort, error) {
	address, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	if err != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address", text)
	}
	for word := raw; len(word) > 0; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q has no port: %w", text, err)
	}
	a, _ := netip.AddrFromSlice(raw) // 4 or 16 bytes
	return netip.AddrPortFrom(a.Unmap(), uint16(number)), nil
}
