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
	write := proc.Syscall{NR: unix.SYS_WRITE, Args: [6]uint64{4}}
	const healthy, spoilt = false, true
	const looked, passed, later = 1000, 900, 2e9 // when the second look was made, and when timers expire
	state := func(restart bool, timer time.Duration, expires int64) *SignalState {
		return &SignalState{Handler: 0x1000, Restart: restart, Timer: timer, Soonest: expires, Latest: expires}
	}
	ran := func(restart bool) *SignalState { return state(restart, time.Second, passed) }
	runs := func(restart bool) *SignalState { return state(restart, time.Second, later) }
	none := func(restart bool) *SignalState { return state(restart, 0, 0) }
	// A thread in read(4) with a handler, observed before and after the deadline, while no byte arrived. Each case changes this.
	base := Evidence{Deadline: true, Caught: true, Call: read, Where: "read(4) from 10.1.2.3:555", NoBefore: "which was not asked for",
		Looked: looked, Wait: Wait{Threads: 1, Serves: true}}
	one := Wait{Threads: 1, Serves: true, Members: 1}
	cases := []struct {
		name   string
		change func(*Evidence)
		class  Class
		says   []string
	}{
		{"restarted", func(e *Evidence) { e.Before, e.After, e.Switches = ran(spoilt), none(spoilt), 1 }, Restarted,
			[]string{"SA_RESTART is set on SIGALRM, the handler ran at the deadline (+1 voluntary switch), and read(4) from 10.1.2.3:555 was restarted"}},
		{"restarted, by a handler that heals itself", func(e *Evidence) { e.Before, e.After, e.Switches = ran(spoilt), none(healthy), 1 }, Restarted, nil},
		{"restarted, no state before the deadline", func(e *Evidence) { e.After, e.Switches = none(spoilt), 1 }, Restarted, []string{"was not read before the deadline", "would look the same"}},
		{"looped", func(e *Evidence) { e.Before, e.After, e.Switches = ran(healthy), none(healthy), 1 }, Looped, []string{"SA_RESTART is not set", "EINTR"}},
		{"looped in select, which no flag restarts", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call, e.Wait = ran(spoilt), none(spoilt), 1, pselect, one
		}, Looped, []string{"despite SA_RESTART"}},
		{"unknown: woken, without a handler's flag and without a look before", func(e *Evidence) { e.After, e.Switches = none(healthy), 1 }, Unknown,
			[]string{"it is not known whether one ran before it, which was not asked for", "SA_RESTART is not set"}},
		{"blocked", func(e *Evidence) { e.Blocked, e.Pending, e.After = true, true, none(healthy) }, Blocked, nil},
		{"blocked, and it could not be attached to", func(e *Evidence) { e.Blocked, e.Pending = true, true }, Blocked, nil},
		{"blocked, but nothing came", func(e *Evidence) { e.Blocked, e.Before, e.After = true, none(healthy), none(healthy) }, NeverArmed, nil},
		{"ignored", func(e *Evidence) { e.Caught, e.Ignored, e.Before, e.After = false, true, ran(healthy), none(healthy) }, Ignored, nil},
		{"unknown: ignored, no state before the deadline", func(e *Evidence) { e.Caught, e.Ignored, e.After = false, true, none(healthy) }, Unknown,
			[]string{"SIGALRM is ignored", "not known whether one ran"}},
		{"ignored, but nothing armed", func(e *Evidence) {
			e.Caught, e.Ignored, e.Before, e.After = false, true, none(healthy), none(healthy)
		}, NeverArmed, nil},
		{"never armed", func(e *Evidence) { e.Before, e.After = none(healthy), none(healthy) }, NeverArmed, []string{"nothing was set to end read(4)"}},
		{"never armed, no state before the deadline", func(e *Evidence) { e.After = none(healthy) }, NeverArmed, nil},
		{"unknown: another thread may have taken the signal", func(e *Evidence) { e.After, e.Wait.Threads = none(healthy), 3 }, Unknown, []string{"another thread"}},
		{"never armed, woken by bytes", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 4, Count{4, 4}
		}, NeverArmed, nil},
		{"unknown: one byte may have come between the readings", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 4, Count{4, 5}
		}, Unknown, nil},
		{"unknown: two bytes woke it once, which would hide a signal", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 3, Count{4, 4}
		}, Unknown, nil},
		{"unknown: it waited for a processor, so that two bytes may have woken it once", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments, e.Delayed = none(spoilt), none(spoilt), 4, Count{4, 4}, time.Second
		}, Unknown, nil},
		{"unknown: it is not known whether it waited for a processor", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments, e.Delayed = none(spoilt), none(spoilt), 4, Count{4, 4}, -1
		}, Unknown, nil},
		{"unknown: a byte that came between the readings, or a signal", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 5, Count{4, 5}
		}, Unknown, []string{"4 to 5 segments"}},
		{"re-armed", func(e *Evidence) { e.Before, e.After, e.Switches = ran(healthy), runs(healthy), 1 }, ReArmed, nil},
		{"restarted, by a handler that arms again", func(e *Evidence) { e.Before, e.After, e.Switches = ran(spoilt), runs(spoilt), 1 }, Restarted,
			[]string{"armed its timer again", "read(4) from 10.1.2.3:555 was restarted"}},
		{"re-armed before it expired", func(e *Evidence) { e.Before, e.After = ran(spoilt), runs(spoilt) }, ReArmed, nil},
		{"re-armed by what bytes woke", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = ran(spoilt), runs(spoilt), 4, Count{4, 4}
		}, ReArmed, nil},
		{"re-armed in select, which no flag restarts", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call, e.Wait = ran(spoilt), runs(spoilt), 1, pselect, one
		}, ReArmed, nil},
		{"a timer for a later time, armed once", func(e *Evidence) { e.Before, e.After = runs(healthy), runs(healthy) }, TimerRunning, []string{"armed before the deadline, for a later time"}},
		{"a timer runs, no state before the deadline", func(e *Evidence) { e.After = runs(healthy) }, TimerRunning, []string{"not known when it was armed"}},
		{"a timer that was armed later", func(e *Evidence) { e.Before, e.After = none(healthy), runs(healthy) }, TimerRunning, []string{"after the first look"}},
		{"sent by parent", func(e *Evidence) { e.Before, e.After, e.Switches = none(spoilt), none(spoilt), 1 }, SentByParent, []string{"another process sends SIGALRM"}},
		{"sent by parent, among bytes", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 5, Count{4, 4}
		}, SentByParent, []string{"+5 voluntary switches, segments: 4"}},
		{"unknown: code that sleeps twice for each byte", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 8, Count{4, 4}
		}, Unknown, []string{"may have woken it"}},
		{"unknown: no timer, and nobody counted what arrived", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = none(spoilt), none(spoilt), 4, notCounted
		}, Unknown, []string{"an unknown number of segments"}},
		{"unknown: no timer, and the deadline was not watched", func(e *Evidence) { e.Before, e.After, e.Switches = none(spoilt), none(spoilt), -1 }, Unknown, []string{"was not watched"}},
		{"unknown: a write, which may have sent a part", func(e *Evidence) { e.Before, e.After, e.Switches, e.Call = ran(spoilt), none(spoilt), 1, write }, Unknown,
			[]string{"only if it has sent nothing"}},
		{"looped in write", func(e *Evidence) { e.Before, e.After, e.Switches, e.Call = ran(healthy), none(healthy), 1, write }, Looped, []string{"SA_RESTART is not set"}},
		{"re-armed in write, which is not known to be restarted", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Call = ran(spoilt), runs(spoilt), 1, write
		}, ReArmed, nil},
		{"unknown: bytes may have woken it", func(e *Evidence) { e.After, e.Switches, e.Segments = none(spoilt), 4, Count{4, 4} }, Unknown, []string{"bytes"}},
		{"unknown: it is not known how many bytes may have woken it", func(e *Evidence) { e.After, e.Switches, e.Segments = none(healthy), 4, notCounted }, Unknown, []string{"bytes"}},
		{"restarted, among bytes", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = ran(spoilt), none(spoilt), 5, Count{4, 4}
		}, Restarted, nil},
		{"unknown: a timer that was stopped among bytes", func(e *Evidence) {
			e.Before, e.After, e.Switches, e.Segments = ran(spoilt), none(spoilt), 4, Count{4, 4}
		}, Unknown, []string{"only for bytes"}},
		{"unknown: a timer that was stopped before it expired", func(e *Evidence) { e.Before, e.After, e.Switches = runs(spoilt), none(spoilt), 1 }, Unknown, []string{"stopped it before it expired"}},
		{"unknown: not watched", func(e *Evidence) { e.After, e.Switches = none(spoilt), -1 }, Unknown, []string{"not watched", "SA_RESTART is set"}},
		{"unknown: not watched, after a timer ran", func(e *Evidence) { e.Before, e.After, e.Switches = ran(healthy), none(healthy), -1 }, Unknown, []string{"not watched"}},
		{"unknown: not attached", func(e *Evidence) { e.NoAfter, e.Switches = "no right", 1 }, Unknown, []string{"no right"}},
		{"unknown: another thread took it", func(e *Evidence) { e.Before, e.After = ran(spoilt), none(spoilt) }, Unknown, []string{"another thread"}},
		{"no deadline", func(e *Evidence) { e.Deadline, e.After = false, none(healthy) }, Unknown, []string{"SA_RESTART is not set"}},
		{"no deadline, spoilt", func(e *Evidence) { e.Deadline, e.After = false, state(spoilt, 5*time.Second, later) }, Unknown, []string{"SA_RESTART is set on SIGALRM", "5s left"}},
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
