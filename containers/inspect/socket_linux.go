package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// State is the state of a TCP socket, by the kernel's numbers.
type State uint8

// Numbers from net/tcp_states.h.
const (
	Established State = 1
	CloseWait   State = 8
	Listen      State = 10
)

// String is the name of the state in RFC 9293, section 3.3.2.
func (s State) String() string {
	names := [...]string{"unknown", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
		"CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Closing tells whether this end has sent a FIN: its owner has closed or shut down the socket, or has ended.
func (s State) Closing() bool {
	switch s.String() {
	case "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "LAST-ACK", "CLOSING":
		return true
	}
	return false
}

// Socket describes one TCP socket.
type Socket struct {
	State      State
	LocalPort  uint16
	RemotePort uint16
	Local      netip.Addr
	Remote     netip.Addr
	RQueue     uint32 // bytes received, and not read by the process
	WQueue     uint32 // bytes sent, and not acknowledged
	Inode      uint64 // 0: no process owns it
	Received   uint64 // bytes received in all; only LookupInfo fills it
	Segments   int64  // segments with data received in all; only LookupInfo fills it; -1: the kernel does not tell
	Written    uint64 // bytes that the process has written in all, to within one; only LookupInfo fills it
}

var (
	errDone  = errors.New("end of the answer")
	errShort = errors.New("answer is too short")
)

// ParseDiag parses the first netlink message of an answer. It also returns the sequence number.
func ParseDiag(b []byte) (Socket, uint32, error) {
	if len(b) < unix.SizeofNlMsghdr {
		return Socket{}, 0, errShort
	}
	size := int(binary.NativeEndian.Uint32(b))
	kind := binary.NativeEndian.Uint16(b[4:])
	seq := binary.NativeEndian.Uint32(b[8:])
	if size < unix.SizeofNlMsghdr || size > len(b) {
		return Socket{}, seq, errShort
	}
	body := b[unix.SizeofNlMsghdr:size]
	switch kind {
	case unix.NLMSG_DONE:
		return Socket{}, seq, errDone
	case unix.NLMSG_ERROR:
		if len(body) < 4 {
			return Socket{}, seq, errShort
		}
		return Socket{}, seq, fmt.Errorf("sock_diag: %w", unix.Errno(-int32(binary.NativeEndian.Uint32(body))))
	case sockDiagByFamily:
	default:
		return Socket{}, seq, fmt.Errorf("sock_diag: message of kind %d", kind)
	}
	if len(body) < msgLen {
		return Socket{}, seq, errShort
	}
	s := Socket{
		State:      State(body[1]),
		LocalPort:  binary.BigEndian.Uint16(body[4:]),
		RemotePort: binary.BigEndian.Uint16(body[6:]),
		Local:      address(body[0], body[8:24]),
		Remote:     address(body[0], body[24:40]),
		RQueue:     binary.NativeEndian.Uint32(body[56:]),
		WQueue:     binary.NativeEndian.Uint32(body[60:]),
		Inode:      uint64(binary.NativeEndian.Uint32(body[68:])),
	}
	s.Segments = -1
	if i := info(body[msgLen:]); len(i) >= infoReceived+8 {
		s.Received = binary.NativeEndian.Uint64(i[infoReceived:])
		s.Written = binary.NativeEndian.Uint64(i[infoAcked:]) + uint64(s.WQueue)
		if len(i) >= infoSegments+4 {
			s.Segments = int64(binary.NativeEndian.Uint32(i[infoSegments:]))
		}
	}
	return s, seq, nil
}

// address is an address of the family. An IPv4 address in an IPv6 socket is an IPv4 address.
func address(family byte, raw []byte) netip.Addr {
	if family == unix.AF_INET {
		return netip.AddrFrom4([4]byte(raw))
	}
	return netip.AddrFrom16([16]byte(raw)).Unmap()
}

// info finds struct tcp_info among the attributes. nil: there is none.
func info(attrs []byte) []byte {
	for len(attrs) >= 4 {
		size := int(binary.NativeEndian.Uint16(attrs))
		kind := binary.NativeEndian.Uint16(attrs[2:])
		if size < 4 || size > len(attrs) {
			return nil
		}
		if kind == attrInfo {
			return attrs[4:size]
		}
		attrs = attrs[min(len(attrs), (size+3)&^3):]
	}
	return nil
}
