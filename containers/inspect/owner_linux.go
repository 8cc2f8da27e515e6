package inspect

import (
	"errors"
	"fmt"
	"io/fs"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

var (
	errNoProcess = fs.ErrNotExist
	errNoHold    = errors.New("no such hold is watched")
	errNoOwner   = errors.New("no process owns the server's socket")
)

// findOwners finds the processes that own the sockets of these holds, in one walk over all processes. A hold without a result
// is tried again after ownerEvery.
func (s *server) findOwners(all []*watchedHold) {
	wanted := make(map[uint64]bool)
	for _, w := range all {
		wanted[w.inode] = true
	}
	found, err := proc.Owners(s.root, wanted)
	if err != nil && len(found) == 0 && all[0].nextTry == 0 {
		s.fail(record.Event{Hold: all[0].Hold, Cell: all[0].Cell}, fmt.Errorf("find the process that owns a socket: %w", err))
	}
	for _, w := range all {
		w.nextTry = s.now() + int64(ownerEvery)
		if o, ok := s.chooseOwner(found[w.inode]); ok {
			if stat, err := proc.ReadStat(s.root, o.pid, o.pid); err == nil {
				o.parent = stat.PPID
			}
			w.owner = o
			s.followOwners(w, found[w.inode])
		}
	}
}

// chooseOwner picks the process that serves, among all that own a socket: the one with a thread that waits on it, or else the
// one with the highest PID, since a parent passes its descriptors to its children.
func (s *server) chooseOwner(all []proc.Owner) (owner, bool) {
	var best owner
	for _, o := range all {
		tid, call, err := proc.ThreadOn(s.root, o.PID, o.FD)
		this := owner{pid: o.PID, tid: tid, fd: o.FD, state: describe(call)}
		if err == nil {
			return this, true
		}
		if o.PID >= best.pid {
			best = this
		}
	}
	return best, best.pid != 0
}

// describe names the system call that a thread waits in, and its descriptor: "read(4)".
func describe(c proc.Syscall) string {
	if fd, ok := c.FD(); ok {
		return fmt.Sprintf("%s(%d)", c.Name(), fd)
	}
	return c.Name()
}

// ownerOf reports which process owns the socket of a hold now. After the release that may be another than the one that served it,
// for instance a child that inherited the descriptor.
func (s *server) ownerOf(hold string) {
	w := s.holds[hold]
	if w == nil {
		s.fail(record.Event{Hold: hold}, fmt.Errorf("find the process that serves %q: %w", hold, errNoHold))
		return
	}
	e := w.event(0, record.WorkerKept)
	sock, found, err := s.diag.Lookup(w.Peer, w.Local)
	if err != nil {
		s.fail(e, err)
		return
	}
	if found && sock.Inode != 0 {
		w.inode, w.lastT = sock.Inode, s.now()
		w.owner = owner{}
		s.findOwners([]*watchedHold{w})
	}
	e.HoldInfo = w.info(sock)
	e.Note = w.owner.state
	if w.owner.pid == 0 {
		s.fail(e, fmt.Errorf("find the process that serves %q: %w", hold, errNoOwner))
		return
	}
	if stat, err := proc.ReadStat(s.root, w.owner.pid, w.owner.pid); err == nil {
		e.HoldInfo.Comm = stat.Comm
	}
	s.emit(e)
}
