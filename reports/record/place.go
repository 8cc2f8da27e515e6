package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrInUse says that another run keeps its event log in the folder.
var ErrInUse = errors.New("another run keeps its event log there")

// place is where a log is kept: beside its path until it is published, in a folder that is locked meanwhile.
type place struct {
	path   string
	beside string // "" once it is at its path
	file   *os.File
	folder *os.File
}

// occupy makes the folder, and the file beside the path. The lock is the kernel's
// own: it goes with the process, however that ends.
func occupy(path string) (*place, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the event log: %w", err)
	}
	folder, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the event log: %w", err)
	}
	// A file system that knows no locks (some of the network) is no reason not to run.
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		folder.Close()
		return nil, fmt.Errorf("the folder %s: %w: give each run a folder of its own with --out", dir, ErrInUse)
	}
	p := &place{path: path, beside: filepath.Join(dir, "."+filepath.Base(path)+".new"), folder: folder}
	p.file, err = os.OpenFile(p.beside, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		folder.Close()
		return nil, fmt.Errorf("create the event log: %w", err)
	}
	return p, nil
}

// publish moves the file to its path.
func (p *place) publish() error {
	if p.beside == "" {
		return nil
	}
	if err := os.Rename(p.beside, p.path); err != nil {
		return fmt.Errorf("put the event log in its place: %w", err)
	}
	p.beside = ""
	return nil
}

// Close gives the folder free, and leaves nothing of a log that was not published.
func (p *place) Close() error {
	err := p.file.Close()
	if p.beside != "" {
		err = errors.Join(err, os.Remove(p.beside))
	}
	return errors.Join(err, p.folder.Close())
}

// cuttable is a file whose end can be taken back.
type cuttable interface {
	io.Writer
	Truncate(size int64) error
}

// whole takes back what could not be written whole: half a line, with another one
// after it, would make all of the log unreadable because a disk was full for a while.
type whole struct {
	file cuttable
	size int64
}

func (w *whole) Write(line []byte) (int, error) {
	n, err := w.file.Write(line)
	if err != nil && n > 0 {
		return 0, errors.Join(err, w.file.Truncate(w.size))
	}
	w.size += int64(n)
	return n, err
}
