package leftover

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// Object is something to plant or to remove. Files, sockets and directories have a Name; POSIX shared memory has its name below
// /dev/shm; SysV objects have a Key or an Ftok.
type Object struct {
	Kind    string `json:"kind"`
	Name    string `json:"name,omitempty"`
	Content string `json:"content,omitempty"` // of a file, lock or pid file; of a symlink: its target
	Mode    string `json:"mode,omitempty"`    // octal; default 0755 for a directory, else 0600
	UID     int    `json:"uid,omitempty"`     // the owner, if not the planting process's user; needs CHOWN, of a SysV object SETUID
	GID     int    `json:"gid,omitempty"`     // the group, likewise; of a SysV object it needs SETGID
	Size    int    `json:"size,omitempty"`    // bytes of shared memory, or number of semaphores; default 1
	Key     string `json:"key,omitempty"`     // 0x...
	Ftok    *Ftok  `json:"ftok,omitempty"`
	Inode   uint64 `json:"inode,omitempty"` // of an inode-cursor
}

// Ftok is a SysV key that ftok(3) makes of a file, below the request's Root, and a project number.
type Ftok struct {
	File    string `json:"file"`
	Project int    `json:"project"`
}

// plantAll creates the objects in order and stops at the first failure. An object that exists already is a failure. A Unix
// socket is planted as a dead server leaves it: a name on which nobody listens.
func plantAll(ctx context.Context, r Request) ([]record.Leftover, error) {
	var planted []record.Leftover
	for _, o := range r.Objects {
		l, err := plant(ctx, r.Root, o)
		if err != nil {
			return planted, fmt.Errorf("plant %s %s%s: %w", o.Kind, o.Name, o.Key, err)
		}
		l.Note = "planted"
		planted = append(planted, l)
	}
	return planted, nil
}

func plant(ctx context.Context, root string, o Object) (record.Leftover, error) {
	if isSysV(o.Kind) {
		return plantSysV(root, o)
	}
	if o.Kind == InodeCursor {
		return plantInodeCursor(ctx, root, o)
	}
	name, at, err := place(root, o)
	if err != nil {
		return record.Leftover{}, err
	}
	mode, err := o.Permissions()
	if err != nil {
		return record.Leftover{}, err
	}
	switch o.Kind {
	case File, PIDFile, Lock, PosixShm:
		err = plantFile(at, o, mode)
	case Directory:
		err = os.Mkdir(at, os.FileMode(mode))
	case Symlink:
		err = os.Symlink(o.Content, at)
	case FIFO:
		err = unix.Mknod(at, unix.S_IFIFO|mode, 0)
	case Socket:
		err = unix.Mknod(at, unix.S_IFSOCK|mode, 0)
	default:
		err = fmt.Errorf("unknown kind %q", o.Kind)
	}
	if err != nil {
		return record.Leftover{}, err
	}
	if o.UID != 0 || o.GID != 0 {
		if err := os.Lchown(at, o.UID, o.GID); err != nil {
			return record.Leftover{}, err
		}
	}
	return stat(at, name)
}

func plantFile(at string, o Object, mode uint32) error {
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(mode))
	if err != nil {
		return err
	}
	_, err = f.WriteString(o.Content)
	if err == nil && o.Size > len(o.Content) {
		err = f.Truncate(int64(o.Size))
	}
	return errors.Join(err, f.Chmod(os.FileMode(mode)), f.Close())
}

// place returns the object's name, and the path at which this process finds it. POSIX shared memory belongs to the IPC namespace
// and is not below the target's root.
func place(root string, o Object) (name, at string, err error) {
	if o.Kind != PosixShm {
		at, err = resolve(root, o.Name)
		return o.Name, at, err
	}
	if o.Name == "" || filepath.Base(o.Name) != o.Name {
		return "", "", fmt.Errorf("%q is not a file name in %s", o.Name, ShmDir)
	}
	name = ShmDir + "/" + o.Name
	return name, name, nil
}

// Permissions are those to plant the object with: Mode, or by default 0755 for a directory and 0600 for the rest.
func (o Object) Permissions() (uint32, error) {
	if o.Mode == "" && o.Kind == Directory {
		return 0o755, nil
	}
	if o.Mode == "" {
		return 0o600, nil
	}
	mode, err := strconv.ParseUint(o.Mode, 8, 12)
	if err != nil {
		return 0, fmt.Errorf("mode %q: %w", o.Mode, err)
	}
	return uint32(mode), nil
}
