package leftover

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// plantSysV creates an object with a key in the planter's own IPC namespace.
func plantSysV(root string, o Object) (record.Leftover, error) {
	key, err := o.key(root)
	if err != nil {
		return record.Leftover{}, err
	}
	mode, err := o.Permissions()
	if err != nil {
		return record.Leftover{}, err
	}
	flags := uintptr(mode | unix.IPC_CREAT | unix.IPC_EXCL)
	if _, err := getSysV(o.Kind, key, uintptr(max(o.Size, 1)), flags); err != nil {
		return record.Leftover{}, err
	}
	found, err := findSysV(o.Kind, key)
	if err != nil {
		return record.Leftover{}, err
	}
	if len(found) == 0 {
		return record.Leftover{}, errors.New("was created and is not listed")
	}
	return found[0], nil
}

// removeSysV removes the object with the key, or all of its kind where Name is "*".
func removeSysV(root string, o Object) ([]record.Leftover, error) {
	var found []record.Leftover
	var err error
	if o.Name == "*" {
		found, err = findAllSysV(o.Kind)
	} else {
		var key uint32
		if key, err = o.key(root); err == nil {
			found, err = findSysV(o.Kind, key)
		}
	}
	if err != nil {
		return nil, err
	}
	var removed []record.Leftover
	for _, l := range found {
		id, err := strconv.Atoi(strings.TrimPrefix(l.Name, "id "))
		if err != nil {
			return removed, err
		}
		if err := destroySysV(o.Kind, id); err != nil {
			return removed, fmt.Errorf("%s: %w", l.Name, err)
		}
		removed = append(removed, l)
	}
	return removed, nil
}

func findAllSysV(kind string) ([]record.Leftover, error) {
	for _, table := range sysVTables {
		if table.kind == kind {
			return readSysV(kind, table.path)
		}
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}

func findSysV(kind string, key uint32) ([]record.Leftover, error) {
	all, err := findAllSysV(kind)
	var found []record.Leftover
	for _, l := range all {
		if l.Key == fmt.Sprintf("0x%08x", key) {
			found = append(found, l)
		}
	}
	return found, err
}

// key is the object's own, or made from its file.
func (o Object) key(root string) (uint32, error) {
	if o.Ftok == nil {
		key, err := strconv.ParseUint(o.Key, 0, 32)
		if err == nil && key == 0 {
			err = errors.New("0 is no key: nobody can find the object again")
		}
		return uint32(key), err
	}
	at, err := resolve(root, o.Ftok.File)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(at)
	if err != nil {
		return 0, err
	}
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("%s: no inode", o.Ftok.File)
	}
	return FtokKey(uint64(sys.Dev), sys.Ino, o.Ftok.Project), nil
}

// getSysV is shmget, semget or msgget.
func getSysV(kind string, key uint32, size, flags uintptr) (int, error) {
	var id uintptr
	var errno syscall.Errno
	switch kind {
	case SysVShm:
		id, _, errno = unix.Syscall(unix.SYS_SHMGET, uintptr(int32(key)), size, flags)
	case SysVSem:
		id, _, errno = unix.Syscall(unix.SYS_SEMGET, uintptr(int32(key)), size, flags)
	case SysVMsg:
		id, _, errno = unix.Syscall(unix.SYS_MSGGET, uintptr(int32(key)), flags, 0)
	default:
		return 0, fmt.Errorf("unknown kind %q", kind)
	}
	if errno != 0 {
		return 0, errno
	}
	return int(id), nil
}

// destroySysV is IPC_RMID. A segment goes when its last process lets go of it;
// its key is free at once.
func destroySysV(kind string, id int) error {
	var errno syscall.Errno
	switch kind {
	case SysVShm:
		_, _, errno = unix.Syscall(unix.SYS_SHMCTL, uintptr(id), unix.IPC_RMID, 0)
	case SysVSem:
		_, _, errno = unix.Syscall6(unix.SYS_SEMCTL, uintptr(id), 0, unix.IPC_RMID, 0, 0, 0)
	case SysVMsg:
		_, _, errno = unix.Syscall(unix.SYS_MSGCTL, uintptr(id), unix.IPC_RMID, 0)
	}
	if errno != 0 {
		return errno
	}
	return nil
}
