package inspect

import (
	"fmt"

	"stalemate/reports/record"
)

// parked takes in that the client of a hold has reached its stage.
func (s *server) parked(p Parked) {
	w := s.holds[p.Hold]
	if w == nil {
		return // the server has closed the connection, and worker.freed has told so
	}
	if w.park(p) == nowProven {
		sock, _, err := s.diag.Lookup(w.Peer, w.Local)
		if err != nil {
			s.fail(w.event(0, record.Observed), fmt.Errorf("prove hold %q: %w", p.Hold, err))
		}
		s.proven = append(s.proven, justProven{w, sock})
		s.reportProven(nil)
	}
	if w.Unread && w.wroteT != 0 {
		s.tellWrite(w)
	}
}

// tellQueue reports once for each queue that the server has not read what was sent.
func (s *server) tellQueue(w *watchedHold, t int64, sock Socket) {
	if !w.queuedLong(t) {
		return
	}
	w.reported = w.queue
	if w.inode != 0 && w.owner.pid == 0 {
		s.findOwners([]*watchedHold{w})
	}
	e := w.event(t, record.HoldQueued)
	e.HoldInfo = w.info(sock)
	s.emit(e)
}

// tellWrite reports when the server last wrote.
func (s *server) tellWrite(w *watchedHold) {
	e := w.event(w.wroteT, record.HoldWrote)
	e.HoldInfo = &record.HoldInfo{Local: w.Local.String(), Peer: w.Peer.String(), Inode: w.inode, WroteT: w.wroteAfter}
	s.emit(e)
}

// tellShut reports once that the server has closed its direction of a connection whose socket it still has.
func (s *server) tellShut(w *watchedHold, t int64, sock Socket) {
	if w.shut || !sock.State.Closing() {
		return
	}
	w.shut = true
	e := w.event(t, record.SocketShut)
	e.HoldInfo = w.info(sock)
	s.emit(e)
}
