// Package atomicfile writes a file whole or not at all.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the file at path with what write writes. A reader meets the old file or
// the whole new one, also after a kill; a failure leaves the old one. The new file has the mode
// of the one that it replaces, or else mode less the umask. The folder must exist.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := create(path, mode)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// Try says whether Write could make its file, and changes nothing.
func Try(path string) error {
	file, err := create(path, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// create makes a file next to path, under a name that no other has.
func create(path string, mode fs.FileMode) (*os.File, error) {
	old, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8])
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil || old == nil || !old.Mode().IsRegular() {
		return file, err
	}
	if err := file.Chmod(old.Mode().Perm()); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(name))
	}
	return file, nil
}
