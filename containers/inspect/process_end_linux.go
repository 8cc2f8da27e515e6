package inspect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

const (
	// endWithin bounds the time from the end of a socket to the end of the process that closed it by ending.
	endWithin = 500 * time.Millisecond
	// endsTogether is how long before the end of a socket one of its owners may have ended. The other owner, such as a monitor
	// that waits for its child, then closes it.
	endsTogether = time.Second
)

// process is a process of the server that is followed to its end.
type process struct {
	proc.Handle
	main bool
	end  *record.ProcessEnd // nil: it lives
}

// follow follows a process, if it is not followed yet. One that cannot be opened has ended: nobody can tell how.
func (s *server) follow(pid int) *process {
	if p := s.processes[pid]; p != nil && p.end == nil {
		return p
	}
	h, err := proc.OpenHandle(s.root, pid)
	if err != nil {
		return nil
	}
	p := &process{Handle: h}
	if s.processes == nil {
		s.processes = map[int]*process{}
	}
	s.processes[pid] = p
	s.watchEnd(p)
	return p
}

// followOwners follows all processes that own the socket of a hold.
func (s *server) followOwners(w *watchedHold, all []proc.Owner) {
	w.owners = nil
	for _, o := range all {
		if !slices.Contains(w.owners, o.PID) {
			w.owners = append(w.owners, o.PID)
			s.follow(o.PID)
		}
	}
}

// followMain follows the target's main process.
func (s *server) followMain(pid int) {
	p := s.follow(pid)
	if p == nil {
		s.fail(record.Event{}, fmt.Errorf("follow the main process %d: %w", pid, errNoProcess))
		return
	}
	p.main = true
}

// watchEnd waits for the end of a process, in one goroutine for all processes.
func (s *server) watchEnd(p *process) {
	if s.ends == nil {
		ends, err := newEndWatch(s.ctx)
		if err != nil {
			s.fail(record.Event{}, err)
			return
		}
		s.ends = ends
		go ends.run(func(p *process, t int64, e proc.Exit, err error) {
			s.runInLoop(func() { s.processEnded(p, t, e, err) })
		})
	}
	if err := s.ends.add(p); err != nil {
		s.fail(record.Event{}, fmt.Errorf("follow process %d: %w", p.PID, err))
	}
}

// processEnded reports the end of a process, and then of the sockets that it held.
func (s *server) processEnded(p *process, t int64, exit proc.Exit, err error) {
	end := record.ProcessEnd{PID: p.PID, Comm: p.Comm, Begun: p.Begun(), Ended: t, Main: p.main, Signal: exit.Signal()}
	if status, ok := exit.Status(); ok && err == nil {
		end.Status = &status
	}
	if err != nil {
		end.Unknown, end.Signal = err.Error(), ""
	}
	var held []string
	for id, w := range s.holds {
		if !slices.Contains(w.owners, p.PID) {
			continue
		}
		if sock, found, err := s.diag.Lookup(w.Peer, w.Local); err == nil && (!found || sock.Inode == 0) {
			held = append(held, id)
		}
	}
	end.Held = len(held)
	p.end = &end
	s.emit(record.Event{T: t, Kind: record.ProcessEnded, Ended: &end})
	for _, id := range held {
		if s.pollHold(s.holds[id]) {
			delete(s.holds, id)
		}
	}
}

// endsWith says of a socket that was just seen closed whether one of its owners is ending, so that its end is awaited. The kernel
// closes the descriptors of a process first, and tells of its end a moment later.
func (s *server) endsWith(w *watchedHold, t int64) (wait bool) {
	if w.freedT == 0 {
		w.freedT = t
	}
	if t-w.freedT > int64(endWithin) {
		return false
	}
	for _, pid := range w.owners {
		if p := s.processes[pid]; p != nil && p.end == nil && p.Ending() {
			return true
		}
	}
	return false
}

// endsOf are the ends of the processes that owned a socket, if they ended with it.
func (s *server) endsOf(w *watchedHold) []record.ProcessEnd {
	var all []record.ProcessEnd
	for _, pid := range w.owners {
		if p := s.processes[pid]; p != nil && p.end != nil && p.end.Ended >= w.lastT-int64(endsTogether) {
			all = append(all, *p.end)
		}
	}
	return all
}

// wantsOwner says whether to search for the owner of a socket: none is known, or it has passed the socket on to another process.
func (s *server) wantsOwner(w *watchedHold) bool {
	switch {
	case w.inode == 0 || w.freedT != 0 || w.nextTry > s.now():
		return false
	case w.owner.pid == 0:
		return true
	}
	w.nextTry = s.now() + int64(max(ownerEvery, s.slowInterval()))
	return !proc.Holds(s.root, proc.Owner{PID: w.owner.pid, FD: w.owner.fd}, w.inode)
}

// endWatch waits for the ends of processes.
type endWatch struct {
	epoll int
	ctx   context.Context

	mu   sync.Mutex
	byFD map[int32]*process
}

func newEndWatch(ctx context.Context) (*endWatch, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("watch the ends of processes: %w", err)
	}
	return &endWatch{epoll: epoll, ctx: ctx, byFD: map[int32]*process{}}, nil
}

func (w *endWatch) add(p *process) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.byFD[int32(p.FD)] = p
	return unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, p.FD, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(p.FD)})
}

// run tells of each end, until the context is over. It reads the exit status at once, before the parent waits for it.
func (w *endWatch) run(tell func(*process, int64, proc.Exit, error)) {
	defer w.close()
	const lookUp = 100 // ms: how soon run sees that the context is over
	events := make([]unix.EpollEvent, 64)
	for w.ctx.Err() == nil {
		n, err := unix.EpollWait(w.epoll, events, lookUp)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		t := record.Now()
		for _, e := range events[:max(0, n)] {
			w.mu.Lock()
			p := w.byFD[e.Fd]
			delete(w.byFD, e.Fd)
			w.mu.Unlock()
			if p == nil {
				continue
			}
			exit, err := p.Exit()
			_ = unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, p.FD, nil)
			_ = unix.Close(p.FD)
			tell(p, t, exit, err)
		}
	}
}

// close closes what is still watched.
func (w *endWatch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for fd := range w.byFD {
		_ = unix.Close(int(fd))
	}
	w.byFD = map[int32]*process{}
	_ = unix.Close(w.epoll)
}
