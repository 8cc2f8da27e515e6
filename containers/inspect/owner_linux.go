package inspect

import (
	"errors"
	"fmt"
	"io/fs"

	"stalemate/containers/autopsy/proc"
	"stalemate/reports/record"
)

var (
	errNoProcess = fs.ErrNotExist
	errNoHold    = errors.New("no such hold under watch")
	errNoOwner   = errors.New("no process owns its socket")
)

// findOwners fills in who holds these sockets, all in one walk over the
// processes. What is not found is tried again later.
func (s *server) findOwners(all []*watched) {
	wanted := make(map[uint64]bool)
	for _, w := range all {
		wanted[w.inode] = true
	}
	found, err := proc.Owners(s.root, wanted)
	if err != nil && len(found) == 0 && all[0].nextTry == 0 {
		s.fail(record.Event{Hold: all[0].Hold, Cell: all[0].Cell}, fmt.Errorf("find the owner of a socket: %w", err))
	}
	for _, w := range all {
		w.nextTry = s.now() + int64(ownerPace)
		if o, ok := s.choose(found[w.inode]); ok {
			w.owner = o
		}
	}
}

// choose picks the process that serves among those that hold a socket: the one
// with a thread that waits on it, else the youngest, since parents hand descriptors down.
func (s *server) choose(all []proc.Owner) (owner, bool) {
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

// describe says in words what a thread waits in.
func describe(c proc.Syscall) string {
	if fd, ok := c.FD(); ok {
		return fmt.Sprintf("%s(%d)", c.Name(), fd)
	}
	return c.Name()
}

// ownerOf answers which process and thread hold a hold's socket now.
func (s *server) ownerOf(hold string) {
	w := s.holds[hold]
	if w == nil {
		s.fail(record.Event{Hold: hold}, fmt.Errorf("owner of %q: %w", hold, errNoHold))
		return
	}
	e := w.event(0, record.Observed)
	sock, found, err := s.diag.Lookup(w.Peer, w.Local)
	if err != nil {
		s.fail(e, err)
		return
	}
	if found && sock.Inode != 0 {
		w.inode, w.lastT = sock.Inode, s.now()
		w.owner = owner{}
		s.findOwners([]*watched{w})
	}
	e.HoldInfo = w.info(sock)
	e.Note = w.owner.state
	if w.owner.pid == 0 {
		s.fail(e, fmt.Errorf("owner of %q: %w", hold, errNoOwner))
		return
	}
	s.emit(e)
}
