package record

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"stalemate/reports/record/atomicfile"
)

// ErrInUse says that another run writes its event log in the folder.
var ErrInUse = errors.New("another run writes its event log there")

// logFile is the file of a log. It has another name until it is published. Its folder is locked until Close.
type logFile struct {
	path   string
	hidden string // its name until it is published; "" then
	file   *os.File
	folder *os.File
}

// openLogFile makes and locks the folder, and makes the file. The kernel releases the
// lock when the process ends, also after a kill.
func openLogFile(path string) (*logFile, error) {
	dir := filepath.Dir(path)
	if err := atomicfile.NoLinks(path); err != nil {
		return nil, fmt.Errorf("the folder of the event log: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the event log: %w", err)
	}
	folder, err := os.OpenFile(dir, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the event log: %w", err)
	}
	// A file system that knows no locks (some of the network) is no reason not to run.
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		folder.Close()
		return nil, fmt.Errorf("the folder %s: %w: choose another folder with --out", dir, ErrInUse)
	}
	p := &logFile{path: path, hidden: filepath.Join(dir, "."+filepath.Base(path)+".new"), folder: folder}
	// The name may be taken: by a run that was killed, or by a symbolic link that leads elsewhere. Neither is written to.
	err = os.Remove(p.hidden)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		p.file, err = os.OpenFile(p.hidden, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o644)
	}
	if err != nil {
		folder.Close()
		return nil, fmt.Errorf("create the event log: %w", err)
	}
	return p, nil
}

// publish moves the file to its path.
func (p *logFile) publish() error {
	if p.hidden == "" {
		return nil
	}
	if err := os.Rename(p.hidden, p.path); err != nil {
		return fmt.Errorf("put the event log in its place: %w", err)
	}
	p.hidden = ""
	return nil
}

// Close unlocks the folder, and removes a log that was not published.
func (p *logFile) Close() error {
	err := p.file.Close()
	if p.hidden != "" {
		err = errors.Join(err, os.Remove(p.hidden))
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
