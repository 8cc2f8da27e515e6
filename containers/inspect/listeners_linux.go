package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"stalemate/containers/proc"
)

// Listeners writes one Listener, a JSON line, for each listening socket of the pod, loopback ones included. It reads nothing
// from in.
func Listeners(_ context.Context, _ io.Reader, out io.Writer) error {
	sockets, err := proc.TCPSockets(proc.Root, os.Getpid())
	if err != nil {
		return fmt.Errorf("list the listening sockets: %w", err)
	}
	all := listening(sockets)
	wanted := map[uint64]bool{}
	for _, l := range all {
		wanted[l.Inode] = true
	}
	owners, err := proc.Owners(proc.Root, wanted)
	if err != nil && !errors.Is(err, proc.ErrHidden) {
		return fmt.Errorf("find the processes that listen: %w", err)
	}
	for _, l := range all {
		if found := owners[l.Inode]; len(found) > 0 {
			l.PID = found[0].PID
			if status, err := proc.ReadStatus(proc.Root, l.PID, l.PID); err == nil {
				l.Comm = status.Name // a process that has ended has no name
			}
		}
		if err := json.NewEncoder(out).Encode(l); err != nil {
			return fmt.Errorf("write a listening socket: %w", err)
		}
	}
	return nil
}
