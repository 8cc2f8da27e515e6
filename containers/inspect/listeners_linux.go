package inspect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"stalemate/containers/autopsy/proc"
)

// Listeners runs in the inspector: it writes one Listener as a JSON line for each
// socket of the pod that takes connections. Loopback ones are among them. Nothing is read from in.
func Listeners(_ context.Context, _ io.Reader, out io.Writer) error {
	const root = "/proc"
	var all []Listener
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if errors.Is(err, unix.ENOENT) {
			continue // a kernel without IPv6
		}
		if err != nil {
			return fmt.Errorf("list the sockets that listen: %w", err)
		}
		found, err := parseListeners(string(text))
		if err != nil {
			return fmt.Errorf("list the sockets that listen: %s: %w", table, err)
		}
		all = append(all, found...)
	}
	wanted := map[uint64]bool{}
	for _, l := range all {
		wanted[l.Inode] = true
	}
	owners, err := proc.Owners(root, wanted)
	if err != nil && !errors.Is(err, proc.ErrHidden) {
		return fmt.Errorf("find who listens: %w", err)
	}
	for _, l := range all {
		if found := owners[l.Inode]; len(found) > 0 {
			l.PID = found[0].PID
			if status, err := proc.ReadStatus(root, l.PID, l.PID); err == nil {
				l.Comm = status.Name // a process that ended meanwhile has none
			}
		}
		if err := json.NewEncoder(out).Encode(l); err != nil {
			return fmt.Errorf("write who listens: %w", err)
		}
	}
	return nil
}
