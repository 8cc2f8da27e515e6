package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// State is the state of a TCP socket, with the kernel's numbers.
type State uint8

// The states that matter here. Source: net/tcp_states.h.
const (
	Established State = 1
	Listen      State = 10
)

// String is the state's name as the protocol gives it.
func (s State) String() string {
	names := [...]string{"unknown", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
		"CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Closing tells whether this end has sent its FIN: only its owner's close or shutdown, or its end, does that.
func (s State) Closing() bool {
	switch s.String() {
	case "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED", "LAST-ACK", "CLOSING":
		return true
	}
	return false
}

// Socket is what the kernel says of one TCP socket.
type Socket struct {
	State      State
	LocalPort  uint16
	RemotePort uint16
	RQueue     uint32 // bytes received and not read
	WQueue     uint32 // bytes sent and not acknowledged
	Inode      uint64 // 0: no process holds it
	Received   uint64 // bytes ever received; only LookupReceived fills it
}

var (
	errDone  = errors.New("end of the answer")
	errShort = errors.New("answer is too short")
)

// ParseDiag reads the first netlink message of an answer, and its sequence number.
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
		return Socket{}, seq, fmt.Errorf("socket diagnosis: %w", unix.Errno(-int32(binary.NativeEndian.Uint32(body))))
	case sockDiagByFamily:
	default:
		return Socket{}, seq, fmt.Errorf("socket diagnosis: message of kind %d", kind)
	}
	if len(body) < msgLen {
		return Socket{}, seq, errShort
	}
	s := Socket{
		State:      State(body[1]),
		LocalPort:  binary.BigEndian.Uint16(body[4:]),
		RemotePort: binary.BigEndian.Uint16(body[6:]),
		RQueue:     binary.NativeEndian.Uint32(body[56:]),
		WQueue:     binary.NativeEndian.Uint32(body[60:]),
		Inode:      uint64(binary.NativeEndian.Uint32(body[68:])),
	}
	s.Received = received(body[msgLen:])
	return s, seq, nil
}

// received finds tcpi_bytes_received among the attributes; 0 where it is not there.
func received(attrs []byte) uint64 {
	for len(attrs) >= 4 {
		size := int(binary.NativeEndian.Uint16(attrs))
		kind := binary.NativeEndian.Uint16(attrs[2:])
		if size < 4 || size > len(attrs) {
			return 0
		}
		if kind == attrInfo && size >= 4+infoReceived+8 {
			return binary.NativeEndian.Uint64(attrs[4+infoReceived:])
		}
		attrs = attrs[min(len(attrs), (size+3)&^3):]
	}
	return 0
}
