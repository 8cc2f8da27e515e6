package leftover

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"stalemate/reports/record"
)

const (
	// MaxFiles bounds the list of one directory. A run directory has tens of entries. A server that leaves more has them listed up to
	// there, in the order of their names, and the directory says so: see Cut.
	MaxFiles = 10000
	// maxNames bounds the bytes of their names.
	maxNames = 2 << 20
)

// Cut is the note of a directory that has more entries than are listed.
const Cut = "it has more entries than are listed"

// maxLinks is how many symbolic links a path may pass, as in the kernel (MAXSYMLINKS).
const maxLinks = 40

// walk lists dir and everything below it, seen from root.
func walk(root, dir string) ([]record.Leftover, error) {
	start, err := resolve(root, dir)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var found []record.Leftover
	size := 0
	err = filepath.WalkDir(start, func(at string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it does not exist, or was removed since
		}
		name := path.Join("/", dir, strings.TrimPrefix(at, start))
		if err != nil {
			if len(found) > 0 && found[len(found)-1].Name == name {
				found[len(found)-1].Note = err.Error()
				return nil
			}
			return err
		}
		if size += len(name); len(found) == MaxFiles || size > maxNames {
			found[0].Note = Cut
			return filepath.SkipAll
		}
		l, err := stat(at, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		found = append(found, l)
		return nil
	})
	if err != nil {
		return found, fmt.Errorf("list %s: %w", dir, err)
	}
	return found, nil
}

// stat describes the file at a path. name is its name for the target.
func stat(at, name string) (record.Leftover, error) {
	info, err := os.Lstat(at)
	if err != nil {
		return record.Leftover{}, err
	}
	l := record.Leftover{Name: name, Mode: Permissions(info.Mode()), Size: info.Size()}
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		l.Inode = sys.Ino
		l.Owner = strconv.FormatUint(uint64(sys.Uid), 10)
	}
	var content []byte
	if info.Mode().IsRegular() {
		content, err = firstBytes(at)
		if err != nil {
			l.Note = fmt.Sprintf("the content is not readable: %v", err)
		}
	}
	l.Kind, l.Holds = Classify(name, info.Mode(), content)
	return l, nil
}

func firstBytes(at string) ([]byte, error) {
	f, err := os.OpenFile(at, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxPIDFile+1))
}

// resolve follows the symbolic links in name, except its last element, as a process with that root does. An absolute link starts
// at root again: opened through /proc/PID/root, the kernel would follow it into this container's files. ".." stays below root.
func resolve(root, name string) (string, error) {
	if root == "" {
		root = "/"
	}
	if !path.IsAbs(name) {
		return "", fmt.Errorf("%q is not an absolute path", name)
	}
	rest := strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	done, links := "/", 0
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, part)
		if len(rest) == 0 {
			done = next
			break
		}
		to, err := os.Readlink(filepath.Join(root, next))
		if err != nil { // not a link, or it does not exist: the caller's open fails then
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("%s: too many symbolic links", name)
		}
		if path.IsAbs(to) {
			done = "/"
		}
		rest = append(strings.Split(strings.Trim(to, "/"), "/"), rest...)
	}
	return filepath.Join(root, done), nil
}
