// Package leftover lists what a server leaves behind (files, sockets, pid
// files, locks, POSIX shared memory, SysV segments, semaphores and queues),
// compares what was there at two moments, and plants or removes each kind.
//
// There are two ways in. While the target lives, List runs in a container that
// shares its IPC and PID namespaces and reaches its files by /proc/PID/root:
// everything is seen, tmpfs and inodes included. After its death InLayer asks
// the engine what changed in the container's writable layer: no inodes there,
// and what was mounted (tmpfs, volumes) is gone or hidden. SysV and /dev/shm
// belong to the IPC namespace, which outlives the target, so List sees them at
// any time.
package leftover

import (
	"fmt"
	"io/fs"

	"stalemate/reports/record"
)

// The kinds of a leftover.
const (
	File      = "file"
	Directory = "directory"
	Symlink   = "symlink"
	FIFO      = "fifo"
	Socket    = "socket"
	PIDFile   = "pid-file"
	Lock      = "lock"
	PosixShm  = "posix-shm"
	SysVShm   = "sysv-shm"
	SysVSem   = "sysv-sem"
	SysVMsg   = "sysv-msg"
)

// The moments at which leftovers are listed.
const (
	Before  = "before"  // the target is not started yet
	Running = "running" // it serves
	After   = "after"   // it is dead
	Start   = "start"   // it tried to start, and failed
)

// ShmDir is where Linux keeps POSIX shared memory.
const ShmDir = "/dev/shm"

// Stamp marks the events of a list, so that they say whose leftovers they are.
type Stamp struct {
	Run         string `json:"run"`
	Target      string `json:"target"`
	Pod         string `json:"pod"`
	Cell        string `json:"cell,omitempty"`
	When        string `json:"when"`
	Incarnation int    `json:"incarnation"`
}

// Event wraps one leftover for the log. T is in nanoseconds of CLOCK_MONOTONIC.
func (s Stamp) Event(t int64, l record.Leftover) record.Event {
	l.When, l.Inc = s.When, s.Incarnation
	return record.Event{Run: s.Run, T: t, Kind: record.LeftoverSeen, Target: s.Target, Pod: s.Pod, Cell: s.Cell, Leftover: &l}
}

// Permissions prints a mode as chmod takes it, set-id and sticky bits included.
func Permissions(m fs.FileMode) string {
	bits := uint32(m.Perm())
	for _, b := range []struct {
		is fs.FileMode
		as uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&b.is != 0 {
			bits |= b.as
		}
	}
	return fmt.Sprintf("%04o", bits)
}
