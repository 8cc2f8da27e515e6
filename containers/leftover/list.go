package leftover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"stalemate/reports/record"
)

// sysVTables are the files that list the SysV objects of the reader's IPC namespace.
var sysVTables = []struct{ kind, path string }{
	{SysVShm, "/proc/sysvipc/shm"},
	{SysVSem, "/proc/sysvipc/sem"},
	{SysVMsg, "/proc/sysvipc/msg"},
}

// list lists what the request asks for. If something cannot be read, it returns the rest and an error that names it. CPID, the
// creator of a segment, is a PID of the reader's PID namespace, and 0 if the creator is not in it.
func list(r Request) ([]record.Leftover, error) {
	var found []record.Leftover
	var failed []error
	for _, dir := range r.Dirs {
		files, err := walk(r.Root, dir)
		found, failed = append(found, files...), append(failed, err)
	}
	if r.PIDFile != "" {
		files, err := pidFile(r.Root, r.PIDFile)
		found, failed = append(found, files...), append(failed, err)
	}
	if r.IPC {
		objects, err := walk("/", ShmDir)
		for _, l := range objects {
			if l.Name != ShmDir {
				found = append(found, l)
			}
		}
		failed = append(failed, err)
		for _, table := range sysVTables {
			rows, err := readSysV(table.kind, table.path)
			found, failed = append(found, rows...), append(failed, err)
		}
	}
	Sort(found)
	return found, errors.Join(failed...)
}

// pidFile lists a pid file, where there is one.
func pidFile(root, name string) ([]record.Leftover, error) {
	at, err := resolve(root, name)
	if err != nil {
		return nil, fmt.Errorf("read the pid file %s: %w", name, err)
	}
	content, err := firstBytes(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the pid file %s: %w", name, err)
	}
	pid, _ := pidInFirstLine(content)
	return []record.Leftover{{Kind: PIDFile, Name: name, Holds: pid}}, nil
}

func readSysV(kind, path string) ([]record.Leftover, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a kernel without SysV IPC
	}
	if err != nil {
		return nil, fmt.Errorf("list SysV objects: %w", err)
	}
	defer f.Close()
	return ParseSysV(kind, f)
}
