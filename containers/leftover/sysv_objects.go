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

// plantSysV creates an object with a key in this process's IPC namespace.
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
	create := func() error {
		_, err := getSysV(o.Kind, key, uintptr(max(o.Size, 1)), flags)
		return err
	}
	if o.UID != 0 || o.GID != 0 {
		err = asUser(o.UID, o.GID, create)
	} else {
		err = create()
	}
	if err != nil {
		return record.Leftover{}, err
	}
	found, err := findSysV(o.Kind, key)
	if err != nil {
		return record.Leftover{}, err
	}
	if len(found) == 0 {
		return record.Leftover{}, errors.New("it was created but is not in /proc/sysvipc")
	}
	return found[0], nil
}

// removeSysV removes the object with the key, or with Name "*" all objects of the kind.
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
		if err := destroyAsOwner(l); err != nil {
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

// key is Key, or made by ftok of a file.
func (o Object) key(root string) (uint32, error) {
	if o.Ftok == nil {
		key, err := strconv.ParseUint(o.Key, 0, 32)
		if err == nil && key == 0 {
			err = errors.New("key 0 is IPC_PRIVATE: nobody can find the object again")
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

// getSysV calls shmget, semget or msgget.
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

// destroyAsOwner removes an object, as its owner where this process may not.
func destroyAsOwner(l record.Leftover) error {
	id, err := strconv.Atoi(strings.TrimPrefix(l.Name, "id "))
	if err != nil {
		return err
	}
	err = destroySysV(l.Kind, id)
	if !errors.Is(err, syscall.EPERM) {
		return err
	}
	owner, err := strconv.Atoi(l.Owner)
	if err != nil {
		return fmt.Errorf("read its owner: %w", err)
	}
	return asUser(owner, unix.Getegid(), func() error { return destroySysV(l.Kind, id) })
}

// destroySysV calls shmctl, semctl or msgctl with IPC_RMID. The key is free at once. The kernel frees a segment when the last process
// detaches.
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
