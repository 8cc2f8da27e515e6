package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Established is the set of inodes of all ESTABLISHED sockets of the namespace. It walks the whole table.
func (d *Diag) Established() (map[uint64]bool, error) {
	inodes := make(map[uint64]bool)
	err := d.Dump(1<<uint(Established), 0, func(s Socket) { inodes[s.Inode] = true })
	if err != nil {
		return nil, fmt.Errorf("list established sockets: %w", err)
	}
	return inodes, nil
}

// Dump visits all sockets of the namespace in these states, one bit for each, and asks for these extensions. It walks the whole table.
func (d *Diag) Dump(states uint32, extensions byte, visit func(Socket)) error {
	for _, family := range []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		var req [reqLen]byte
		d.header(req[:], family, extensions, states, unix.NLM_F_DUMP)
		if err := d.send(req[:]); err != nil {
			return err
		}
		for done := false; !done; {
			n, err := d.receive()
			if err != nil {
				return err
			}
			for rest := d.buf[:n]; len(rest) >= unix.SizeofNlMsghdr && !done; {
				s, seq, err := ParseDiag(rest)
				size := int(binary.NativeEndian.Uint32(rest))
				switch {
				case seq != d.seq:
				case errors.Is(err, errDone):
					done = true
				case err != nil:
					return err
				default:
					visit(s)
				}
				rest = rest[min(len(rest), max((size+3)&^3, unix.SizeofNlMsghdr)):]
			}
		}
	}
	return nil
}
