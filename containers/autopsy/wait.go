package autopsy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/containers/proc"
)

// Wait is how a process waits for one of its connections, read without stopping it.
type Wait struct {
	Threads int            // of the process; 0: not known
	Serves  bool           // the thread waits for this connection: its system call names the descriptor, or its poll or select has it
	Unnamed bool           // the case names no connection: it is about what the thread waits for
	Epoll   string         // the epoll call that has the connection in its set, such as "epoll_wait(8)"; "": none was seen
	Members int            // descriptors in the set of the poll, select or epoll call; 0: not known
	Timers  []proc.TimerFD // armed, in the epoll set
	Hidden  string         // why the epoll set or its timers could not be read
	Own     time.Duration  // the timeout of the system call, or of the socket
	HasOwn  bool
	Endless bool           // the system call says that it has no timeout
	Calls   map[string]int // what the threads wait in, and how many, if none waits for this connection alone
}

// Many tells that the process waits for this connection together with others, or that none of its threads waits for it.
func (w Wait) Many() bool {
	return w.Epoll != "" || len(w.Calls) > 0 || w.Members > 1
}

// One tells that the thread waits for this connection, or that it is the process's only thread and waits for one thing.
func (w Wait) One() bool {
	return !w.Many() && (w.Serves || w.Threads == 1)
}

// class is the class that the wait itself shows. It is "" for a wait in which only SIGALRM could end it.
func (w Wait) class(e Evidence) (Class, string) {
	polls := e.Call.Shared() && e.Call.Name() != "accept" && e.Call.Name() != "accept4"
	switch {
	case w.Threads == 0:
		return "", "" // it was not read
	case w.Epoll != "":
		return EventLoop, fmt.Sprintf("an event loop: %s %s%s%s%s", w.Epoll, w.set(), w.limit(), w.armed(), w.threads())
	case len(w.Calls) > 0:
		return EventLoop, "no thread of the process waits for this connection alone" + w.threads()
	case polls && w.Serves && w.Members > 1:
		return EventLoop, fmt.Sprintf("an event loop: %s %s%s", e.Call.Name(), w.set(), w.limit())
	case w.Serves && w.HasOwn && e.TimedOut && !polls:
		return OwnTimeout, fmt.Sprintf("%s has a timeout of %s, set on the socket", e.Where, seconds(w.Own))
	case w.Serves && w.HasOwn:
		return OwnTimeout, fmt.Sprintf("%s %s alone%s", e.Where, w.set(), w.limit())
	case polls && !(w.Serves && w.Members == 1):
		return EventLoop, fmt.Sprintf("it waits in %s, which others than this connection can end%s%s", e.Where, w.limit(), w.armed())
	}
	return "", ""
}

// set says what the call waits for.
func (w Wait) set() string {
	switch {
	case w.Unnamed:
		return fmt.Sprintf("waits for %d descriptors", w.Members)
	case w.Members > 1:
		return fmt.Sprintf("waits for this connection and %d other descriptors", w.Members-1)
	}
	return "waits for this connection"
}

// limit says how long the system call waits at most.
func (w Wait) limit() string {
	switch {
	case w.HasOwn:
		return ", for at most " + seconds(w.Own)
	case w.Endless:
		return ", without a timeout"
	}
	return ""
}

// armed says which timers of the epoll set run, the soonest first.
func (w Wait) armed() string {
	switch {
	case w.Hidden != "":
		return "; its set could not be read: " + w.Hidden
	case len(w.Timers) == 0:
		return ""
	}
	timers := slices.Clone(w.Timers)
	slices.SortFunc(timers, func(a, b proc.TimerFD) int { return int(a.Left - b.Left) })
	var parts []string
	for _, t := range timers[:min(len(timers), mostTimers)] {
		part := fmt.Sprintf("%d in %s", t.FD, seconds(t.Left))
		if t.Interval > 0 {
			part += ", then every " + seconds(t.Interval)
		}
		parts = append(parts, part)
	}
	if more := len(timers) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return "; a timerfd of its set expires: descriptor " + strings.Join(parts, "; ")
}

// mostTimers is how many timers a text lists.
const mostTimers = 3

// threads says what the threads wait in, if there are several.
func (w Wait) threads() string {
	if len(w.Calls) == 0 {
		return ""
	}
	names := make([]string, 0, len(w.Calls))
	for name := range w.Calls {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if w.Calls[a] != w.Calls[b] {
			return w.Calls[b] - w.Calls[a]
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d in %s", w.Calls[name], name)
	}
	return "; its threads: " + strings.Join(names, ", ")
}
