package leftover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"stalemate/reports/record"
)

// removeAll removes the objects in order and stops at the first failure. The last element of a name may be a pattern
// (/run/httpd/*). A directory is removed with its content. It is no error if an object does not exist.
func removeAll(r Request) ([]record.Leftover, error) {
	var gone []record.Leftover
	for _, o := range r.Objects {
		removed, err := remove(r.Root, o)
		for _, l := range removed {
			l.Note = "removed"
			gone = append(gone, l)
		}
		if err != nil {
			return gone, fmt.Errorf("remove %s %s%s: %w", o.Kind, o.Name, o.Key, err)
		}
	}
	return gone, nil
}

func remove(root string, o Object) ([]record.Leftover, error) {
	if isSysV(o.Kind) {
		return removeSysV(root, o)
	}
	name, at, err := place(root, o)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Dir(at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var removed []record.Leftover
	for _, entry := range entries {
		if match, err := path.Match(path.Base(name), entry.Name()); err != nil {
			return removed, err
		} else if !match {
			continue
		}
		at := filepath.Join(filepath.Dir(at), entry.Name())
		l, err := stat(at, path.Join(path.Dir(name), entry.Name()))
		if err != nil {
			return removed, err
		}
		if err := os.RemoveAll(at); err != nil {
			return removed, err
		}
		removed = append(removed, l)
	}
	return removed, nil
}
