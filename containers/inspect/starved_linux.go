package inspect

import (
	"time"

	"stalemate/containers/proc"
)

const (
	// snapshotEvery is the least time between two snapshots of all processes.
	snapshotEvery = 250 * time.Millisecond
	// ownersEvery is the time between two samples of the processes that own a watched socket, and perOwner bounds their cost.
	ownersEvery = 300 * time.Millisecond
	perOwner    = 2 * time.Millisecond
)

// starvation follows what this machine took from the server: how long its processes were ready to run and got no processor,
// and how long disks or the hypervisor kept any process waiting. A timeout that fires that much too late may be this
// machine's fault.
type starvation struct {
	root    string
	latest  *snapshot
	owners  map[thread]time.Duration // the last known of the processes that own a watched socket: one that has ended tells nothing more
	sampled int64
}

// thread is one thread of a process.
type thread struct{ pid, tid int }

// snapshot is what every thread had waited for a processor, and what the machine had taken, at a time. It never changes. A
// thread that is not in it began later.
type snapshot struct {
	taken   int64 // CLOCK_MONOTONIC ns
	threads map[thread]time.Duration
	machine proc.MachineWait
}

// taken is what the machine took from the server during a hold.
type taken struct {
	processor time.Duration // its processes were ready to run and got none
	stolen    time.Duration // by the hypervisor
	disk      time.Duration
}

func newStarvation(root string) *starvation {
	return &starvation{root: root, owners: map[thread]time.Duration{}}
}

// before gives a snapshot of the time before a connection.
func (s *starvation) before(now int64) *snapshot {
	if s.latest == nil || now-s.latest.taken >= int64(snapshotEvery) {
		s.latest = s.take(now)
	}
	return s.latest
}

func (s *starvation) take(now int64) *snapshot {
	made := &snapshot{taken: now, threads: map[thread]time.Duration{}}
	// What cannot be read explains nothing.
	made.machine, _ = proc.ReadMachineWait(s.root)
	pids, err := proc.PIDs(s.root)
	if err != nil {
		return made
	}
	for _, pid := range pids {
		addDelays(s.root, pid, made.threads)
	}
	return made
}

// addDelays adds the threads of a process.
func addDelays(root string, pid int, to map[thread]time.Duration) {
	delays, err := proc.RunDelays(root, pid)
	if err != nil {
		return
	}
	for tid, delay := range delays {
		to[thread{pid, tid}] = delay
	}
}

// sample asks the processes that own the sockets of these holds, from time to time.
func (s *starvation) sample(now int64, holds map[string]*watchedHold) {
	if now-s.sampled < int64(max(ownersEvery, time.Duration(len(s.owners))*perOwner*10)) {
		return
	}
	s.sampled = now
	asked := map[int]bool{}
	for _, w := range holds {
		for _, pid := range []int{w.owner.pid, w.owner.parent} {
			if pid != 0 && !asked[pid] {
				asked[pid] = true
				addDelays(s.root, pid, s.owners)
			}
		}
	}
}

// since is what the machine took from the server since the connection of a hold. The process that serves it and its parent may
// have waited one after the other, so the longest wait of each counts. The threads of one process wait at the same time: their
// sum would explain far too much.
func (s *starvation) since(w *watchedHold) taken {
	if w.before == nil {
		return taken{}
	}
	for _, pid := range []int{w.owner.pid, w.owner.parent} {
		if pid != 0 {
			addDelays(s.root, pid, s.owners)
		}
	}
	var owner, parent time.Duration
	for id, waited := range s.owners {
		waited -= w.before.threads[id]
		switch id.pid {
		case w.owner.pid:
			owner = max(owner, waited)
		case w.owner.parent:
			parent = max(parent, waited)
		}
	}
	t := taken{processor: owner + parent}
	machine, err := proc.ReadMachineWait(s.root)
	if err == nil {
		t.stolen, t.disk = machine.Since(w.before.machine)
	}
	return t
}
