package inspect

import (
	"net/netip"

	"stalemate/containers/proc"
)

// Listener is a listening TCP socket of the pod's network namespace.
type Listener struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	Inode   uint64 `json:"inode"`
	PID     int    `json:"pid,omitempty"`  // of a process that owns it; 0: not known
	Comm    string `json:"comm,omitempty"` // the name of that process
}

// Loopback tells whether only the pod itself can connect to it.
func (l Listener) Loopback() bool {
	a, err := netip.ParseAddr(l.Address)
	return err == nil && a.Unmap().IsLoopback()
}

// listening keeps the listening sockets.
func listening(sockets []proc.TCPSocket) []Listener {
	var all []Listener
	for _, s := range sockets {
		if s.Listens {
			all = append(all, Listener{Address: s.Local.Addr().String(), Port: int(s.Local.Port()), Inode: s.Inode})
		}
	}
	return all
}
