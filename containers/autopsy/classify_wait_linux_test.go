package autopsy

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
)

// No class of SIGALRM is named for a server that waits otherwise, whatever woke its threads. The evidence is what such servers
// give: one look before the deadline without a stop, one after it, or none.
func TestClassifyWaitsWithoutSIGALRM(t *testing.T) {
	epoll := proc.Syscall{NR: unix.SYS_EPOLL_PWAIT, Args: [6]uint64{8}}
	futex := proc.Syscall{NR: unix.SYS_FUTEX}
	ppoll := proc.Syscall{NR: unix.SYS_PPOLL}
	pselect := proc.Syscall{NR: unix.SYS_PSELECT6}
	read := proc.Syscall{NR: unix.SYS_READ, Args: [6]uint64{4}}
	accept := proc.Syscall{NR: unix.SYS_ACCEPT4, Args: [6]uint64{3}}
	none, runs := SignalState{Handler: 0x1000}, SignalState{Handler: 0x1000, Timer: 28 * time.Second, Soonest: 2e9, Latest: 2e9}
	cases := []struct {
		name string
		call proc.Syscall
		wait Wait
		more func(*Evidence)
		want Class
		says string
	}{
		{"nginx: epoll_wait with a timeout", epoll, Wait{Threads: 1, Epoll: "epoll_wait(8)", Members: 4, Own: 60 * time.Second, HasOwn: true}, nil, EventLoop,
			"an event loop: epoll_wait(8) waits for this connection and 3 other descriptors, for at most 1m0s"},
		{"an armed timerfd", epoll, Wait{Threads: 1, Epoll: "epoll_wait(8)", Members: 4, Endless: true, Timers: []proc.TimerFD{{FD: 11, Left: 40 * time.Second}, {FD: 9, Left: 25 * time.Second, Interval: time.Second}}}, nil, EventLoop,
			"an event loop: epoll_wait(8) waits for this connection and 3 other descriptors, without a timeout; a timerfd of its set expires: descriptor 9 in 25s, then every 1s; 11 in 40s"},
		{"epoll without any timer", epoll, Wait{Threads: 1, Epoll: "epoll_wait(8)", Members: 4, Endless: true}, nil, EventLoop,
			"an event loop: epoll_wait(8) waits for this connection and 3 other descriptors, without a timeout"},
		{"epoll of a set that is hidden", epoll, Wait{Threads: 1, Hidden: "no right", Endless: true}, nil, EventLoop,
			"it waits in epoll_pwait(8), which others than this connection can end, without a timeout; its set could not be read: no right"},
		{"Go: the poller has the connection", futex, Wait{Threads: 6, Epoll: "epoll_pwait(4)", Members: 3, Own: 12 * time.Second, HasOwn: true, Calls: map[string]int{"futex": 5, "epoll_pwait": 1}}, nil, EventLoop,
			"an event loop: epoll_pwait(4) waits for this connection and 2 other descriptors, for at most 12s; its threads: 5 in futex, 1 in epoll_pwait"},
		{"Go: all threads in futex", futex, Wait{Threads: 6, Calls: map[string]int{"futex": 6}}, nil, EventLoop,
			"no thread of the process waits for this connection alone; its threads: 6 in futex"},
		{"a pool whose first thread reads something else", read, Wait{Threads: 6, Calls: map[string]int{"futex": 5, "read": 1}}, nil, EventLoop,
			"no thread of the process waits for this connection alone; its threads: 5 in futex, 1 in read"},
		{"a loop of poll", ppoll, Wait{Threads: 1, Serves: true, Members: 7, Own: time.Second, HasOwn: true}, nil, EventLoop,
			"an event loop: ppoll waits for this connection and 6 other descriptors, for at most 1s"},
		{"a loop of select", pselect, Wait{Threads: 1, Serves: true, Members: 3, Endless: true}, nil, EventLoop,
			"an event loop: pselect6 waits for this connection and 2 other descriptors, without a timeout"},
		{"postgres: epoll, and a timer of the process for later", epoll, Wait{Threads: 1, Epoll: "epoll_wait(8)", Members: 3, Endless: true},
			func(e *Evidence) { e.After = &runs }, EventLoop, "without a timeout; a timer of the process (ITIMER_REAL) has 28s left"},
		{"poll of one connection, with a timeout", ppoll, Wait{Threads: 1, Serves: true, Members: 1, Own: 60 * time.Second, HasOwn: true}, nil, OwnTimeout,
			"WHERE waits for this connection alone, for at most 1m0s"},
		{"a socket with a receive timeout", read, Wait{Threads: 1, Serves: true, Own: 60 * time.Second, HasOwn: true}, func(e *Evidence) { e.TimedOut = true }, OwnTimeout,
			"WHERE has a timeout of 1m0s, set on the socket"},
		{"git-daemon: poll of all its clients, and no handler", ppoll, Wait{Threads: 1, Members: 2, Endless: true}, func(e *Evidence) { e.Caught = false }, EventLoop,
			"it waits in WHERE, which others than this connection can end, without a timeout"},
		{"poll of one connection, without a timeout or a handler", ppoll, Wait{Threads: 1, Serves: true, Members: 1, Endless: true}, func(e *Evidence) { e.Caught = false }, NeverArmed,
			"SIGALRM has no handler, as in most servers, and no timer runs, and none has fired: nothing was set to end WHERE"},
		{"read without a handler", read, Wait{Threads: 1, Serves: true}, func(e *Evidence) { e.Caught = false }, NeverArmed,
			"SIGALRM has no handler, as in most servers, and no timer runs, and none has fired: nothing was set to end WHERE"},
		{"read without a handler, in one of many threads", read, Wait{Threads: 9, Serves: true}, func(e *Evidence) { e.Caught = false }, NeverArmed,
			"this thread set nothing to end WHERE; other threads may"},
		{"it computes", proc.Syscall{Running: true, NR: -1}, Wait{Threads: 1}, nil, Unknown, "the thread was found in WHERE, and it is not known what ends that"},
		{"it computes, and has no handler", proc.Syscall{Running: true, NR: -1}, Wait{Threads: 1}, func(e *Evidence) { e.Caught = false }, Unknown, "SIGALRM has no handler, as in most servers"},
		{"it sleeps", proc.Syscall{NR: unix.SYS_NANOSLEEP}, Wait{Threads: 1}, func(e *Evidence) { e.Caught = false }, Unknown, "what ends that"},
		{"a system call that is not known here", proc.Syscall{NR: 99999}, Wait{Threads: 1}, func(e *Evidence) { e.Caught = false }, Unknown, "what ends that"},
		{"it accepts, and has the connection waiting", accept, Wait{Threads: 1}, nil, Unknown, ""},
	}
	for _, c := range cases {
		// What a busy server shows at the deadline. -1 is a figure that is missing: the cap came before the second look.
		for _, switches := range []int64{-1, 0, 1, 40} {
			for _, segments := range []Count{{0, 0}, {4, 4}, notCounted} {
				e := Evidence{Deadline: true, Caught: true, Switches: switches, Segments: segments, Looked: 1000, After: &none, NoBefore: "which was not asked for",
					Call: c.call, Wait: c.wait, Where: "WHERE"}
				if c.call.Class() == proc.AlwaysEINTR {
					e.Where = "epoll_pwait(8)"
				}
				if c.more != nil {
					c.more(&e)
				}
				class, because := Classify(e)
				if c.call == accept && switches == 0 {
					continue // that it slept shows that no timer fired
				}
				g := NewWithT(t)
				g.Expect(class).To(Equal(c.want), "%s, %d switches, %v: %s", c.name, switches, segments, because)
				g.Expect(because).To(ContainSubstring(c.says), c.name)
				if c.want == EventLoop || c.want == OwnTimeout {
					e.Deadline = false
					class, because = Classify(e)
					g.Expect(class).To(Equal(c.want), "%s, without a deadline: %s", c.name, because)
					e.Deadline, e.After, e.NoAfter = true, nil, "its seccomp filter"
					class, because = Classify(e)
					g.Expect(class).To(Equal(c.want), "%s, not attached: %s", c.name, because)
				}
			}
		}
	}
}

// A timer that was seen to run and to expire in the only thread is evidence; in one of several threads, or in a wait for many, it
// is not.
func TestAnExpiredTimerCountsOnlyWhereItInterruptsTheWait(t *testing.T) {
	ran, none := &SignalState{Handler: 0x1000, Timer: time.Second, Soonest: 900, Latest: 900}, &SignalState{Handler: 0x1000}
	for _, c := range []struct {
		name string
		wait Wait
		want Class
	}{
		{"poll of this connection", Wait{Threads: 1, Serves: true, Members: 1}, Looped},
		{"poll of this connection, with a timeout", Wait{Threads: 1, Serves: true, Members: 1, Own: time.Minute, HasOwn: true}, Looped},
		{"poll of many", Wait{Threads: 1, Serves: true, Members: 2}, EventLoop},
		{"a pool", Wait{Threads: 5, Calls: map[string]int{"ppoll": 1, "futex": 4}}, EventLoop},
		{"it was not read how the process waits", Wait{}, Unknown},
	} {
		e := Evidence{Deadline: true, Caught: true, Switches: 1, Looked: 1000, Before: ran, After: none, Call: proc.Syscall{NR: unix.SYS_PPOLL}, Where: "ppoll", Wait: c.wait}
		class, because := Classify(e)
		NewWithT(t).Expect(class).To(Equal(c.want), "%s: %s", c.name, because)
	}
}
