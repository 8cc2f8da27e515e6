package autopsy

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"stalemate/containers/proc"
)

func TestClassify(t *testing.T) {
	read := proc.Syscall{NR: unix.SYS_READ, Args: [6]uint64{4}}
	pselect := proc.Syscall{NR: unix.SYS_PSELECT6}
	epoll := proc.Syscall{NR: unix.SYS_EPOLL_PWAIT, Args: [6]uint64{5}}
	futex := proc.Syscall{NR: unix.SYS_FUTEX}
	write := proc.Syscall{NR: unix.SYS_WRITE, Args: [6]uint64{4}}
	const healthy, spoilt = false, true
	state := func(restart bool, timer time.Duration) *SignalState {
		return &SignalState{Handler: 0x1000, Restart: restart, Timer: timer}
	}
	// A thread in read(4) with a handler, observed before and after the deadline, while no byte arrived. Each case changes this.
	base := Evidence{Deadline: true, Caught: true, Bytes: 0, Call: read, Where: "read(4) from 10.1.2.3:555", NoBefore: "which was not asked for"}
	cases := []struct {
		name   string
		change func(*Evidence)
		class  Class
		says   []string
	}{
		{"restarted", func(e *Evidence) { e.Before, e.After, e.Switches = state(spoilt, time.Second), state(spoilt, 0), 1 }, Restarted,
			[]string{"SA_RESTART is set on SIGALRM, the handler ran at the deadline (+1 voluntary switch), and read(4) from 10.1.2.3:555 was restarted"}},
		{"restarted, by a handler that heals itself", func(e *Evidence) { e.Before, e.After, e.Switches = state(spoilt, time.Second), state(healthy, 0), 1 }, Restarted, nil},
		{"restarted, no state before the deadline", func(e *Evidence) { e.After, e.Switches = state(spoilt, 0), 1 }, Restarted, []string{"was not read before the deadline", "would look the same"}},
		{"looped", func(e *Evidence) { e.Before, e.After, e.Switches = state(healthy, time.Second), state(healthy, 0), 1 }, Looped, []string{"SA_RESTART is not set", "EINTR"}},
		{"looped in select, which no flag restarts", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = state(spoilt, time.Second), state(spoilt, 0), 1, pselect
		}, Looped, []string{"despite SA_RESTART"}},
		{"looped on a socket with a receive timeout", func(e *Evidence) { e.After, e.Switches, e.TimedOut = state(spoilt, 0), 1, true }, Looped, []string{"receive timeout"}},
		{"blocked", func(e *Evidence) { e.Blocked, e.Pending, e.After = true, true, state(healthy, 0) }, Blocked, nil},
		{"blocked, and it could not be attached to", func(e *Evidence) { e.Blocked, e.Pending = true, true }, Blocked, nil},
		{"blocked, but nothing came", func(e *Evidence) { e.Blocked, e.Before, e.After = true, state(healthy, 0), state(healthy, 0) }, NeverArmed, nil},
		{"ignored", func(e *Evidence) {
			e.Caught, e.Ignored, e.Before, e.After = false, true, state(healthy, time.Second), state(healthy, 0)
		}, Ignored, nil},
		{"ignored, no state before the deadline", func(e *Evidence) { e.Caught, e.Ignored, e.After = false, true, state(healthy, 0) }, Ignored, nil},
		{"ignored, but nothing armed", func(e *Evidence) {
			e.Caught, e.Ignored, e.Before, e.After = false, true, state(healthy, 0), state(healthy, 0)
		}, NeverArmed, nil},
		{"never armed", func(e *Evidence) { e.Before, e.After = state(healthy, 0), state(healthy, 0) }, NeverArmed, []string{"nothing was set to end read(4)"}},
		{"never armed, no state before the deadline", func(e *Evidence) { e.After = state(healthy, 0) }, NeverArmed, nil},
		{"never armed, and no handler", func(e *Evidence) { e.Caught, e.After, e.Switches = false, state(healthy, 0), 3 }, NeverArmed, nil},
		{"never armed, with the call's own limit", func(e *Evidence) { e.After, e.HasOwn, e.Own = state(healthy, 0), true, 300*time.Second }, NeverArmed, []string{"5m0s"}},
		{"never armed, woken by bytes", func(e *Evidence) { e.Before, e.After, e.Switches, e.Bytes = state(spoilt, 0), state(spoilt, 0), 4, 4 }, NeverArmed, nil},
		{"re-armed", func(e *Evidence) {
			e.Before, e.After, e.Switches = state(healthy, time.Second), state(healthy, time.Second), 1
		}, ReArmed, nil},
		{"restarted, by a handler that arms again", func(e *Evidence) {
			e.Before, e.After, e.Switches = state(spoilt, time.Second), state(spoilt, time.Second), 1
		}, Restarted, []string{"armed its timer again", "read(4) from 10.1.2.3:555 was restarted"}},
		{"re-armed before it expired", func(e *Evidence) {
			e.Before, e.After = state(spoilt, time.Second), state(spoilt, time.Second)
		}, ReArmed, nil},
		{"re-armed by what bytes woke", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Bytes = state(spoilt, time.Second), state(spoilt, time.Second), 4, 4
		}, ReArmed, nil},
		{"re-armed in select, which no flag restarts", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = state(spoilt, time.Second), state(spoilt, time.Second), 1, pselect
		}, ReArmed, nil},
		{"re-armed, no state before the deadline", func(e *Evidence) { e.After = state(healthy, time.Second) }, ReArmed, nil},
		{"sent by parent", func(e *Evidence) { e.Before, e.After, e.Switches = state(spoilt, 0), state(spoilt, 0), 1 }, SentByParent, []string{"another process sends SIGALRM"}},
		{"unknown: an event loop that was woken", func(e *Evidence) { e.After, e.Switches, e.Call = state(spoilt, 0), 3, epoll }, Unknown, []string{"others than this connection"}},
		{"unknown: a runtime's thread that was woken", func(e *Evidence) { e.After, e.Switches, e.Call = state(spoilt, 0), 1, futex }, Unknown, []string{"others than this connection"}},
		{"unknown: woken in select, and nothing armed", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = state(healthy, 0), state(healthy, 0), 1, pselect
		}, Unknown, []string{"others than this connection"}},
		{"never armed, an event loop that slept", func(e *Evidence) { e.After, e.Call = state(spoilt, 0), epoll }, NeverArmed, nil},
		{"unknown: a write, which may have sent a part", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = state(spoilt, time.Second), state(spoilt, 0), 1, write
		}, Unknown, []string{"only if it has sent nothing"}},
		{"looped in write", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = state(healthy, time.Second), state(healthy, 0), 1, write
		}, Looped, []string{"SA_RESTART is not set"}},
		{"re-armed in write, which is not known to be restarted", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = state(spoilt, time.Second), state(spoilt, time.Second), 1, write
		}, ReArmed, nil},
		{"unknown: bytes may have woken it", func(e *Evidence) { e.After, e.Switches, e.Bytes = state(spoilt, 0), 4, 4 }, Unknown, []string{"bytes"}},
		{"restarted, among bytes", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Bytes = state(spoilt, time.Second), state(spoilt, 0), 5, 4
		}, Restarted, nil},
		{"unknown: not watched", func(e *Evidence) { e.After, e.Switches = state(spoilt, 0), -1 }, Unknown, []string{"not watched", "SA_RESTART is set"}},
		{"unknown: not attached", func(e *Evidence) { e.NoAfter, e.Switches = "no right", 1 }, Unknown, []string{"no right"}},
		{"unknown: another thread took it", func(e *Evidence) { e.Before, e.After = state(spoilt, time.Second), state(spoilt, 0) }, Unknown, []string{"another thread"}},
		{"no deadline", func(e *Evidence) { e.Deadline, e.After = false, state(healthy, 0) }, Unknown, []string{"SA_RESTART is not set"}},
		{"no deadline, spoilt", func(e *Evidence) { e.Deadline, e.After = false, state(spoilt, 5*time.Second) }, Unknown, []string{"SA_RESTART is set on SIGALRM", "5s left"}},
		{"no deadline, blocked", func(e *Evidence) { e.Deadline, e.Blocked, e.Pending = false, true, true }, Blocked, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			e := base
			c.change(&e)
			class, because := Classify(e)
			g.Expect(class).To(Equal(c.class), because)
			for _, s := range c.says {
				g.Expect(because).To(ContainSubstring(s))
			}
		})
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add("7ffd1000-7ffd3000 r-xp 00000000 00:00 0                          [vdso]\n")
	f.Add("55-56 r--p 0 08:01 1 /a b")
	f.Fuzz(func(t *testing.T, line string) {
		if m, ok := parseMapping(line); ok && m.end <= m.start {
			t.Fatalf("%q: an empty mapping %+v", line, m)
		}
	})
}
