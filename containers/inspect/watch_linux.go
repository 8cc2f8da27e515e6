package inspect

import "stalemate/reports/record"

// watched is one hold under watch. It decides from what is seen; it looks nothing up.
type watched struct {
	Watch
	proven    bool
	inode     uint64 // of the socket while a process owned it
	lastT     int64  // when it was last seen owned
	fastUntil int64  // looked up at the fast pace until then
	nextTry   int64  // when to look again for the owner's PID
	owner     owner
}

// owner is who holds the socket.
type owner struct {
	pid, tid, fd int
	state        string // what it waits in
}

// finding is what one look at a hold's socket told.
type finding int

const (
	nothingNew finding = iota
	nowProven
	nowFreed
)

// see takes one look at the server's socket at time t into account.
//
// A socket without an owner is one of two things: not accepted yet, or let go.
// It is let go when it had an owner before, or has sent its FIN without one.
func (w *watched) see(t int64, s Socket, found bool) (finding, string) {
	switch {
	case !found && w.inode != 0:
		return nowFreed, "gone"
	case !found:
		return nowFreed, "gone, never seen owned"
	case s.Inode == 0 && w.inode != 0:
		return nowFreed, s.State.String() + ", no owner"
	case s.Inode == 0 && s.State.Closing():
		return nowFreed, s.State.String() + ", no owner, never seen owned"
	case s.Inode == 0:
		return nothingNew, ""
	}
	w.inode, w.lastT = s.Inode, t
	if !w.proven && s.RQueue == 0 && s.Received >= w.Sent {
		w.proven = true
		return nowProven, ""
	}
	return nothingNew, ""
}

// event is the part of an event that is the same for everything about this hold.
func (w *watched) event(t int64, kind record.Kind) record.Event {
	return record.Event{T: t, Kind: kind, Cell: w.Cell, Hold: w.Hold}
}

// info tells where the hold stands.
func (w *watched) info(s Socket) *record.HoldInfo {
	info := &record.HoldInfo{
		Local: w.Local.String(), Peer: w.Peer.String(),
		Inode: w.inode, RQueue: s.RQueue, Got: int(s.Received),
		PID: w.owner.pid, TID: w.owner.tid, FD: w.owner.fd,
	}
	if s.State != 0 {
		info.State = s.State.String()
	}
	return info
}
