package autopsy

import (
	"errors"
	"fmt"
	"io/fs"

	"stalemate/containers/proc"
)

// Bounds on what is read of one process.
const (
	mostThreads = 1000 // whose system calls are read
	mostMembers = 256  // descriptors of an epoll set that are tried for timers
)

// readWait reads how the process waits for the connection, from the thread's system call on. It stops nothing. If another thread
// than the case's serves the connection by now, the case goes on with that one, and what was counted before does not count.
func (c *Case) readWait() Wait {
	w := Wait{Serves: c.serves(c.call), Unnamed: c.FD < 0}
	tids, err := proc.Threads(c.Root, c.PID)
	if err != nil {
		w.Hidden = err.Error()
	}
	w.Threads = len(tids)
	if !w.Serves && len(tids) > 1 {
		c.searchThreads(&w, tids)
	}
	if w.Epoll == "" {
		c.readEpoll(&w, c.call)
	}
	if w.Epoll != "" || len(w.Calls) > 0 {
		return w
	}
	if n, ok := proc.Polled(c.PID, c.call); ok {
		w.Members = n
	}
	w.readTimeout(c.PID, c.call)
	if fd, ok := c.call.FD(); ok && c.timed && !w.HasOwn {
		receive, send, err := proc.SocketTimeouts(c.PID, fd)
		if c.call.Class() == proc.PartWay {
			receive = send
		}
		w.Own, w.HasOwn = receive, err == nil && receive > 0
	}
	return w
}

// readTimeout reads the timeout of the system call itself.
func (w *Wait) readTimeout(pid int, call proc.Syscall) {
	w.Own, w.HasOwn = proc.Timeout(pid, call)
	w.Endless = proc.Endless(call)
}

// serves tells whether a thread in this system call waits for the connection. Without a descriptor the case is about what the
// thread waits for.
func (c *Case) serves(call proc.Syscall) bool {
	if c.FD >= 0 {
		return proc.WaitsOn(c.PID, call, c.FD)
	}
	n, polls := proc.Polled(c.PID, call)
	_, waits := call.FD()
	return waits && call.Class() != proc.AlwaysEINTR || polls && n > 0
}

// searchThreads looks for a thread that waits for the connection, or has it in its epoll set, and counts what all threads wait
// in.
func (c *Case) searchThreads(w *Wait, tids []int) {
	calls := make(map[string]int)
	for _, tid := range tids[:min(len(tids), mostThreads)] {
		call, err := proc.ReadSyscall(c.Root, c.PID, tid)
		switch {
		case errors.Is(err, fs.ErrPermission):
			calls["a hidden system call"]++
			continue
		case err != nil:
			continue // it has ended
		}
		if c.FD >= 0 && c.serves(call) {
			c.step("thread %d serves the connection now, in %s", tid, call.Name())
			c.TID, c.call, c.before, c.after = tid, call, nil, nil
			w.Serves = true
			return
		}
		if w.Epoll == "" {
			c.readEpoll(w, call)
		}
		calls[call.Name()]++
	}
	w.Calls = calls
}

// readEpoll reads the epoll set that a thread waits for, and keeps it if it has the connection.
func (c *Case) readEpoll(w *Wait, call proc.Syscall) {
	epfd, ok := call.FD()
	if !ok || call.Class() != proc.AlwaysEINTR || !isEpoll(call) {
		return
	}
	set, err := proc.EpollSet(c.Root, c.PID, epfd)
	if err != nil {
		w.Hidden = err.Error()
		return
	}
	device, has := "", false
	for _, m := range set {
		if m.FD == c.FD {
			device, has = m.Device, true
		}
	}
	if c.FD >= 0 && !has {
		return
	}
	w.Epoll, w.Members, w.Hidden = fmt.Sprintf("%s(%d)", call.Name(), epfd), len(set), ""
	w.readTimeout(c.PID, call)
	tried := 0
	for _, m := range set {
		if has && device != "" && m.Device == device || tried == mostMembers {
			continue // a socket
		}
		tried++
		if timer, armed, err := proc.ArmedTimer(c.Root, c.PID, m.FD); err == nil && armed {
			w.Timers = append(w.Timers, timer)
		}
	}
}

func isEpoll(call proc.Syscall) bool {
	switch call.Name() {
	case "epoll_wait", "epoll_pwait", "epoll_pwait2":
		return true
	}
	return false
}
