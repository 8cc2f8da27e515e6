package leftover

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// keep leaves an id of setresuid or setresgid as it is.
const keep = ^uintptr(0)

// asUser calls do with the effective user and group of an object's owner. The kernel lets nobody else remove a SysV object, and
// makes the effective user the owner of a new one. It needs SETUID, and SETGID for another group than this process's. Files
// need no such change: DAC_OVERRIDE and CHOWN reach them.
func asUser(uid, gid int, do func() error) (err error) {
	// Go's own calls change every thread. These change this one.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	group, user := unix.Getegid(), unix.Geteuid()
	if err := setEffective(unix.SYS_SETRESGID, gid, group); err != nil {
		return fmt.Errorf("act as group %d: %w", gid, err)
	}
	defer func() { err = errors.Join(err, setEffective(unix.SYS_SETRESGID, group, gid)) }()
	if err := setEffective(unix.SYS_SETRESUID, uid, user); err != nil {
		return fmt.Errorf("act as user %d: %w", uid, err)
	}
	// The real user stays root's, so the way back needs no capability. The group goes back after the user.
	defer func() { err = errors.Join(err, setEffective(unix.SYS_SETRESUID, user, uid)) }()
	return do()
}

// setEffective changes the effective id of this thread, where it is another.
func setEffective(call uintptr, to, from int) error {
	if to == from {
		return nil
	}
	if _, _, errno := unix.RawSyscall(call, keep, uintptr(to), keep); errno != 0 {
		return errno
	}
	return nil
}
