package leftover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"stalemate/reports/record"
)

// Remove runs inside the pod: it removes each object of each Request on in and
// writes what it removed to out as a leftover.seen event. The last element of a
// name may be a pattern (/run/httpd/*); a directory goes with all that is in it.
// What is not there is not an error: the count in the Done event tells.
func Remove(ctx context.Context, in io.Reader, out io.Writer) error {
	return serve(ctx, in, out, ToRemove)
}

// removeAll ends at the first object that cannot be removed. What went before it is gone, and returned.
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
