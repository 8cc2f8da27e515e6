package leftover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"stalemate/reports/record"
)

// sysVTables are where the kernel shows the objects of the reader's IPC namespace.
var sysVTables = []struct{ kind, path string }{
	{SysVShm, "/proc/sysvipc/shm"},
	{SysVSem, "/proc/sysvipc/sem"},
	{SysVMsg, "/proc/sysvipc/msg"},
}

// List runs inside the pod: for each Request on in it writes one leftover.seen
// event for each object to out, then a Done event. It ends with in. Process
// numbers (cpid) are those of the reader's PID namespace; 0 means that the
// creator is not in it.
func List(ctx context.Context, in io.Reader, out io.Writer) error {
	return serve(ctx, in, out, ToList)
}

// Look makes one list. What could be seen is returned even where something
// failed; the error then says what is missing.
func Look(r Request) ([]record.Leftover, error) {
	var found []record.Leftover
	var failed []error
	for _, dir := range r.Dirs {
		files, err := walk(r.Root, dir)
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

func readSysV(kind, path string) ([]record.Leftover, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a kernel without SysV IPC has none to leave
	}
	if err != nil {
		return nil, fmt.Errorf("list SysV objects: %w", err)
	}
	defer f.Close()
	return ParseSysV(kind, f)
}
