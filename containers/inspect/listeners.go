package inspect

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Listener is a TCP socket of the pod's network namespace that takes connections.
type Listener struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	Inode   uint64 `json:"inode"`
	PID     int    `json:"pid,omitempty"`  // of a process that owns it, 0 where none could be seen
	Comm    string `json:"comm,omitempty"` // its name
}

// Loopback says whether only the pod itself can reach it.
func (l Listener) Loopback() bool {
	a, err := netip.ParseAddr(l.Address)
	return err == nil && a.Unmap().IsLoopback()
}

// stateListen is TCP_LISTEN as /proc/net/tcp prints it.
const stateListen = "0A"

// parseListeners reads the text of /proc/net/tcp or tcp6 and keeps the sockets that listen.
func parseListeners(text string) ([]Listener, error) {
	var all []Listener
	for n, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if n == 0 || len(fields) == 0 {
			continue
		}
		if len(fields) < 10 {
			return nil, fmt.Errorf("line %d has %d fields: %q", n+1, len(fields), line)
		}
		if fields[3] != stateListen {
			continue
		}
		at, err := parseEnd(fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		inode, err := strconv.ParseUint(fields[9], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: inode %q: %w", n+1, fields[9], err)
		}
		all = append(all, Listener{Address: at.Addr().Unmap().String(), Port: int(at.Port()), Inode: inode})
	}
	return all, nil
}

// parseEnd reads an address as the kernel prints it: words of four bytes in the
// machine's order (little endian on all machines that we run on), a colon, the port.
func parseEnd(text string) (netip.AddrPort, error) {
	address, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(address)
	if err != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", text)
	}
	for word := raw; len(word) > 0; word = word[4:] {
		binary.BigEndian.PutUint32(word, binary.LittleEndian.Uint32(word))
	}
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q has no port: %w", text, err)
	}
	a, _ := netip.AddrFromSlice(raw) // 4 or 16 bytes, as was seen to
	return netip.AddrPortFrom(a, uint16(number)), nil
}
