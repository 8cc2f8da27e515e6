package inspect

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

const (
	// slowEvery is the time between two polls of all holds. It does not divide a second, so polls do not keep in step with
	// limits, which are whole seconds.
	slowEvery = 70 * time.Millisecond
	// perHold bounds the cost with many holds. One lookup takes 4 us, so one each 200 us takes 2 % of a processor.
	perHold = 200 * time.Microsecond
	// fastEvery is the time between two polls of a hold whose client has seen a release.
	fastEvery = 10 * time.Millisecond
	// fastFor is how long such a hold is polled at fastEvery.
	fastFor = 5 * time.Second
	// ownerEvery is the time between two searches for the process that owns a socket.
	ownerEvery = 200 * time.Millisecond
	// queuedAfter is how long the server may take to read before hold.queued tells of it.
	queuedAfter = 500 * time.Millisecond
	// stuckAfter is the same for a client that is still on its way to its stage: its messages go to and fro.
	stuckAfter = 3 * time.Second
)

// slowInterval is the time between two polls of all holds.
func (s *server) slowInterval() time.Duration {
	return max(slowEvery, time.Duration(len(s.holds))*perHold)
}

// anyFast tells whether any hold is polled at fastEvery.
func (s *server) anyFast() bool {
	t := s.now()
	for _, w := range s.holds {
		if w.fastUntil > t {
			return true
		}
	}
	return false
}

// pollHolds polls all holds, or only the fast ones, and searches for the owners of the sockets that are new.
func (s *server) pollHolds(all bool) {
	var unowned []*watchedHold
	for id, w := range s.holds {
		if !all && w.fastUntil <= s.now() {
			continue
		}
		if s.pollHold(w) {
			delete(s.holds, id)
			continue
		}
		if s.wantsOwner(w) {
			unowned = append(unowned, w)
		}
	}
	s.reportProven(unowned)
	s.starved.sample(s.now(), s.holds)
}

// reportProven finds the owners of these holds and of those that were just proven, and reports the latter.
func (s *server) reportProven(unowned []*watchedHold) {
	for _, p := range s.proven {
		unowned = append(unowned, p.w)
	}
	if len(unowned) > 0 {
		s.findOwners(unowned)
	}
	for _, p := range s.proven {
		e := p.w.event(p.w.provenT, record.HoldProven)
		e.HoldInfo = p.w.info(p.sock)
		s.emit(e)
	}
	s.proven = s.proven[:0]
}

// justProven is a hold that was proven in this poll and whose owner is not known yet. One search finds the owners of all of
// them, since a search reads the descriptors of every process.
type justProven struct {
	w    *watchedHold
	sock Socket
}

// pollHold looks up the server's socket of one hold, reports what has changed, and tells whether the hold is over.
func (s *server) pollHold(w *watchedHold) (over bool) {
	lookup := s.diag.Lookup
	if w.Unread || !w.proven && (w.Sent > 0 || w.ParkedT == 0) {
		lookup = s.diag.LookupInfo
	}
	wrote := w.wroteT
	sock, found, err := lookup(w.Peer, w.Local)
	t := s.now()
	if err != nil {
		s.fail(record.Event{Cell: w.Cell, Hold: w.Hold}, err)
		return true
	}
	news, detail := w.update(t, sock, found)
	switch news {
	case unchanged:
		s.tellQueue(w, t, sock)
	case nowProven:
		s.proven = append(s.proven, justProven{w, sock})
	case nowFreed:
		// The kernel removes a socket that was reset, or is in TIME-WAIT, from its table. The process may still hold the
		// descriptor.
		still := w.owner.pid != 0 && (!found || sock.State.String() == "TIME-WAIT") &&
			proc.Holds(s.root, proc.Owner{PID: w.owner.pid, FD: w.owner.fd}, w.inode)
		if still {
			w.lastT = t
			return false
		}
		if s.endsWith(w, t) {
			return false
		}
		e := w.event(w.freedT, record.WorkerFreed)
		e.Release = &record.Release{By: record.BySocketGone, Detail: detail, Ends: s.endsOf(w)}
		e.HoldInfo = w.info(sock)
		took := s.starved.since(w)
		e.HoldInfo.SeenT, e.HoldInfo.Starved, e.HoldInfo.Disk, e.HoldInfo.Stolen = w.lastT, took.processor.Seconds(), took.disk.Seconds(), took.stolen.Seconds()
		e.Note = s.workerState(w.owner)
		s.emit(e)
		return true
	}
	if w.Unread && w.ParkedT != 0 {
		if w.wroteT != wrote {
			s.tellWrite(w)
		}
		s.tellShut(w, t, sock)
	}
	return false
}

// workerState describes what the thread does that served a hold.
func (s *server) workerState(o owner) string {
	if o.pid == 0 {
		return ""
	}
	call, err := proc.ReadSyscall(s.root, o.pid, o.tid)
	if errors.Is(err, errNoProcess) || errors.Is(err, unix.ESRCH) {
		return fmt.Sprintf("pid %d has ended", o.pid)
	}
	if err != nil {
		return fmt.Sprintf("pid %d lives", o.pid)
	}
	return fmt.Sprintf("pid %d lives, %s", o.pid, describe(call))
}
