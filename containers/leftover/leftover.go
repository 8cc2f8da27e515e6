// Package leftover lists, compares, plants and removes what a server leaves behind: files, sockets, pid files, locks, POSIX
// shared memory, and SysV segments, semaphores and queues.
//
// Request.Do runs inside the pod, and package query carries requests there. Which container can see what:
//
//	                                  target alive         target dead
//	files, tmpfs, inode numbers       inspector            -
//	volumes, tmpfs that survives      inspector            witness
//	SysV objects, /dev/shm            inspector, witness   witness (with the IPC namespace)
//	the container's own files         package layer        package layer (no inode numbers)
//
// The inspector shares the target's IPC and PID namespaces and reads its files through /proc/PID/root.
package leftover

import (
	"fmt"
	"io/fs"
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

// The values of record.Leftover.When: the state of the target when the list was made.
const (
	Before  = "before"  // not started yet
	Running = "running" // serving
	After   = "after"   // dead
	Start   = "start"   // dead after a failed start
)

// ShmDir is the directory of POSIX shared memory.
const ShmDir = "/dev/shm"

// Permissions formats a mode as chmod takes it, with the set-id and sticky bits.
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
