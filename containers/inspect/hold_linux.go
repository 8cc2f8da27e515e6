package inspect

import (
	"stalemate/reports/record"
)

// watchedHold is one hold and what is known of it. It makes no system call.
type watchedHold struct {
	Watch
	began     int64 // CLOCK_MONOTONIC, ns, as all times here: when the watch began
	proven    bool
	provenT   int64
	inode     uint64 // of the server's socket; 0 until a process owned it
	lastT     int64  // when a process last owned the socket
	fastUntil int64  // polled at fastEvery until then
	nextTry   int64  // when to search for the owner again
	owner     owner
	owners    []int // all processes that owned the socket when it was last searched for
	freedT    int64 // when the socket was first seen closed

	reads    []read       // of the time before the client was parked
	queue    record.Queue // where the connection was last seen before the server had read everything
	queueT   int64        // when that was
	reported record.Queue // the last queue of which hold.queued has told

	before *snapshot // of the time before the connection

	looked     int64 // when the socket was last looked up
	written    uint64
	wroteAfter int64 // the process last wrote between these two
	wroteT     int64
	shut       bool
}

// read says that a process had read these bytes at t.
type read struct {
	t        int64
	received uint64
}

// maxReads bounds the reads of one hold: a conversation has fewer steps.
const maxReads = 64

// owner is the thread that serves the connection.
type owner struct {
	pid, tid, fd int
	parent       int    // the process's parent; 0: it is outside of the PID namespace
	state        string // the system call that it waits in
}

// change is what one poll has told about a hold.
type change int

const (
	unchanged change = iota
	nowProven
	nowFreed
)

// update takes the result of one lookup at time t into account.
//
// A socket that no process owns was either not accepted yet, or closed by the server. It was closed if a process owned it
// before, or if it has sent a FIN.
func (w *watchedHold) update(t int64, s Socket, found bool) (change, string) {
	switch {
	case !found && w.inode != 0:
		return nowFreed, "gone"
	case !found && w.ParkedT == 0 && w.looked == 0:
		return unchanged, "" // the kernel has not made the server's socket yet (SYN cookies)
	case !found:
		return nowFreed, "gone, never seen owned"
	case s.Inode == 0 && w.inode != 0:
		return nowFreed, s.State.String() + ", no owner"
	case s.Inode == 0 && s.State.Closing():
		return nowFreed, s.State.String() + ", no owner, never seen owned"
	}
	w.noteWrites(t, s)
	w.looked = t
	switch {
	case s.Inode == 0:
		w.wait(t, s)
		return unchanged, ""
	case w.proven:
		w.inode, w.lastT = s.Inode, t
		return unchanged, ""
	}
	w.inode, w.lastT = s.Inode, t
	switch {
	case s.RQueue != 0:
		w.wait(t, s)
	case w.ParkedT == 0:
		w.noteRead(t, s.Received)
	case s.Received >= w.Sent:
		return w.prove(t)
	default:
		w.wait(t, s)
	}
	return unchanged, ""
}

// wait notes where the connection waits for the server.
func (w *watchedHold) wait(t int64, s Socket) {
	w.queueT = t
	switch {
	case s.Inode == 0 && s.State.String() == "SYN-RECEIVED":
		w.queue = record.Deferred
	case s.Inode == 0:
		w.queue = record.Backlog
	default:
		w.queue = record.Unread
	}
}

// noteRead notes that a process had read so many bytes.
func (w *watchedHold) noteRead(t int64, received uint64) {
	if n := len(w.reads); (n == 0 || w.reads[n-1].received < received) && n < maxReads {
		w.reads = append(w.reads, read{t, received})
	}
}

// park says that the client has reached its stage. The server may have read everything before.
func (w *watchedHold) park(p Parked) change {
	w.Sent, w.ParkedT = p.Sent, p.T
	for _, r := range w.reads {
		if r.received >= p.Sent && !w.proven {
			w.reads = nil
			news, _ := w.prove(r.t)
			return news
		}
	}
	w.reads = nil
	return unchanged
}

func (w *watchedHold) prove(t int64) (change, string) {
	w.proven, w.provenT = true, t
	return nowProven, ""
}

// noteWrites notes when the process last wrote. A FIN counts as one byte that nobody wrote.
func (w *watchedHold) noteWrites(t int64, s Socket) {
	if w.Unread && s.Written > w.written && !s.State.Closing() {
		w.written, w.wroteT, w.wroteAfter = s.Written, t, w.looked
	}
}

// queuedLong says whether hold.queued is due: the client has waited at its stage for queuedAfter, or on its way there for
// stuckAfter.
func (w *watchedHold) queuedLong(t int64) bool {
	if w.proven || w.queueT != t || w.reported == w.queue {
		return false
	}
	if w.ParkedT == 0 {
		return t-w.began >= int64(stuckAfter)
	}
	return t-w.ParkedT >= int64(queuedAfter)
}

// event is an event about this hold.
func (w *watchedHold) event(t int64, kind record.Kind) record.Event {
	return record.Event{T: t, Kind: kind, Cell: w.Cell, Hold: w.Hold}
}

// info describes the hold at present.
func (w *watchedHold) info(s Socket) *record.HoldInfo {
	info := &record.HoldInfo{
		Local: w.Local.String(), Peer: w.Peer.String(),
		Inode: w.inode, RQueue: s.RQueue, Got: int(s.Received),
		PID: w.owner.pid, TID: w.owner.tid, FD: w.owner.fd,
	}
	if w.queueT > w.ParkedT && w.queue != "" {
		info.Queue, info.QueueT = w.queue, w.queueT
	}
	if s.State != 0 {
		info.State = s.State.String()
	}
	return info
}
