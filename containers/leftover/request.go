package leftover

import (
	"context"
	"fmt"

	"stalemate/reports/record"
)

// Request says what to list, to plant or to remove.
type Request struct {
	// Root is the root of the file names. /proc/PID/root is that of the target's process PID, and needs SYS_PTRACE and the
	// target's PID namespace. "" or "/" is that of the container that carries out the request.
	Root string `json:"root,omitempty"`
	// Dirs are listed with everything below them, without following symbolic links. It is no error if one does not exist.
	Dirs []string `json:"dirs,omitempty"`
	// PIDFile is a file that is listed with the PID in its first line, whatever its name and the lines that follow.
	PIDFile string `json:"pid_file,omitempty"`
	// IPC also lists /dev/shm and the SysV objects of the namespace.
	IPC bool `json:"ipc,omitempty"`
	// Objects are what to plant or to remove.
	Objects []Object `json:"objects,omitempty"`
}

// Verb is what to do with a Request.
type Verb string

const (
	ToList   Verb = "list"
	ToPlant  Verb = "plant"
	ToRemove Verb = "remove"
)

// Do carries out the request inside the pod. After a failure it also returns what was listed, planted or removed before.
func (r Request) Do(ctx context.Context, verb Verb) ([]record.Leftover, error) {
	switch verb {
	case ToList:
		return list(r)
	case ToPlant:
		return plantAll(ctx, r)
	case ToRemove:
		return removeAll(r)
	}
	return nil, fmt.Errorf("request about leftovers: unknown verb %q", verb)
}
