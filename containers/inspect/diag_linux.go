package inspect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Diag looks up TCP sockets of the caller's network namespace over one netlink socket (sock_diag(7)). A lookup takes two system
// calls and one probe of a hash table, 2 to 4 us. /proc/net/tcp and a dump walk the whole table. It needs no privilege. It is
// not safe for concurrent use.
type Diag struct {
	fd  int
	seq uint32
	buf []byte
}

// The wire format, from linux/inet_diag.h, linux/sock_diag.h and linux/tcp.h.
const (
	sockDiagByFamily = 20
	reqLen           = unix.SizeofNlMsghdr + 56 // inet_diag_req_v2
	msgLen           = 72                       // inet_diag_msg
	attrInfo         = 2                        // INET_DIAG_INFO: struct tcp_info
	infoAcked        = 120                      // offset of tcpi_bytes_acked in it
	infoReceived     = 128                      // offset of tcpi_bytes_received
	infoSegments     = 152                      // offset of tcpi_data_segs_in, since kernel 4.6
	diagTimeout      = 2                        // seconds; the kernel answers at once
)

// NewDiag opens the netlink socket. Close it after use.
func NewDiag() (*Diag, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open a netlink socket (sock_diag): %w", err)
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: diagTimeout}); err != nil {
		return nil, errors.Join(fmt.Errorf("set the timeout of the netlink socket (sock_diag): %w", err), unix.Close(fd))
	}
	return &Diag{fd: fd, buf: make([]byte, 1<<15)}, nil
}

// Close closes the netlink socket.
func (d *Diag) Close() error { return unix.Close(d.fd) }

// Lookup finds the socket with these two ends. If there is none, found is false and err is nil. The kernel then answers with
// the listening socket of the port, which Lookup does not take for the connection.
func (d *Diag) Lookup(local, remote netip.AddrPort) (s Socket, found bool, err error) {
	return d.lookup(local, remote, 0)
}

// LookupInfo is Lookup, and fills Received, Segments and Written. The kernel locks the socket for it.
func (d *Diag) LookupInfo(local, remote netip.AddrPort) (s Socket, found bool, err error) {
	return d.lookup(local, remote, 1<<(attrInfo-1))
}

func (d *Diag) lookup(local, remote netip.AddrPort, extensions byte) (Socket, bool, error) {
	local = netip.AddrPortFrom(local.Addr().Unmap(), local.Port())
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	var req [reqLen]byte
	d.header(req[:], local.Addr(), extensions, ^uint32(0), 0)
	id := req[unix.SizeofNlMsghdr+8:]
	binary.BigEndian.PutUint16(id[0:], local.Port())
	binary.BigEndian.PutUint16(id[2:], remote.Port())
	copy(id[4:20], local.Addr().AsSlice())
	copy(id[20:36], remote.Addr().AsSlice())
	binary.NativeEndian.PutUint64(id[40:], ^uint64(0)) // any cookie
	if err := d.send(req[:]); err != nil {
		return Socket{}, false, fmt.Errorf("look up the socket %s from %s: %w", local, remote, err)
	}
	for {
		n, err := d.receive()
		if err != nil {
			return Socket{}, false, fmt.Errorf("look up the socket %s from %s: %w", local, remote, err)
		}
		s, seq, err := ParseDiag(d.buf[:n])
		if seq != d.seq {
			continue // a late answer to a request that has timed out
		}
		if errors.Is(err, unix.ENOENT) {
			return Socket{}, false, nil
		}
		if err != nil {
			return Socket{}, false, fmt.Errorf("look up the socket %s from %s: %w", local, remote, err)
		}
		if s.State == Listen || s.LocalPort != local.Port() || s.RemotePort != remote.Port() {
			return Socket{}, false, nil
		}
		return s, true, nil
	}
}

// header fills the fields that all requests have. family is any address of the family.
func (d *Diag) header(req []byte, family netip.Addr, extensions byte, states uint32, flags uint16) {
	d.seq++
	binary.NativeEndian.PutUint32(req[0:], uint32(len(req)))
	binary.NativeEndian.PutUint16(req[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(req[6:], unix.NLM_F_REQUEST|flags)
	binary.NativeEndian.PutUint32(req[8:], d.seq)
	body := req[unix.SizeofNlMsghdr:]
	body[0] = unix.AF_INET
	if family.Is6() {
		body[0] = unix.AF_INET6
	}
	body[1] = unix.IPPROTO_TCP
	body[2] = extensions
	binary.NativeEndian.PutUint32(body[4:], states)
}

func (d *Diag) send(req []byte) error {
	return unix.Sendto(d.fd, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// receive reads one answer. It repeats a read that a signal interrupts, until diagTimeout.
func (d *Diag) receive() (int, error) {
	limit := time.Now().Add(diagTimeout * time.Second)
	for {
		n, err := unix.Read(d.fd, d.buf)
		if errors.Is(err, unix.EINTR) && time.Now().Before(limit) {
			continue
		}
		return n, err
	}
}
