package inspect

import (
	"fmt"
	"net/netip"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// outgoing reports the connections that processes of the target opened to other servers and have not closed.
func (s *server) outgoing(main int) {
	list, err := s.listOutgoing(main)
	if err != nil {
		s.fail(record.Event{}, fmt.Errorf("list the connections of process %d to other servers: %w", main, err))
		return
	}
	s.emit(record.Event{Kind: record.Observed, Outgoing: list})
}

func (s *server) listOutgoing(main int) (*record.Outgoing, error) {
	listening, open := make(map[uint16]bool), make(map[uint64]Socket)
	if err := s.diag.Dump(1<<uint(Listen), 0, func(one Socket) { listening[one.LocalPort] = true }); err != nil {
		return nil, err
	}
	// Who accepted a connection has the port of a listening socket.
	see := func(one Socket) {
		if one.Inode != 0 && !listening[one.LocalPort] {
			open[one.Inode] = one
		}
	}
	if err := s.diag.Dump(1<<uint(Established)|1<<uint(CloseWait), 1<<(attrInfo-1), see); err != nil {
		return nil, err
	}
	stats, err := s.family(main)
	if err != nil {
		return nil, err
	}
	list := &record.Outgoing{}
	for _, st := range stats {
		list.PIDs = append(list.PIDs, st.PID)
		if len(open) == 0 {
			continue
		}
		// Hidden descriptors count as none, as those of a process that has ended.
		_ = proc.Sockets(s.root, st.PID, func(_ int, inode uint64) {
			if one, is := open[inode]; is {
				list.Connections = append(list.Connections, connectionOf(one, st))
				delete(open, inode) // children inherit descriptors
			}
		})
	}
	return list, nil
}

func connectionOf(one Socket, owner proc.Stat) record.Connection {
	return record.Connection{
		Local: netip.AddrPortFrom(one.Local, one.LocalPort).String(), Peer: netip.AddrPortFrom(one.Remote, one.RemotePort).String(),
		State: one.State.String(), Inode: one.Inode, PID: owner.PID, Comm: owner.Comm,
		Sent: own(one.Written), Got: own(one.Received), RQueue: one.RQueue,
	}
}

// own is a count of bytes without the SYN, which the kernel may count as one.
func own(bytes uint64) uint64 { return max(bytes, 1) - 1 }
