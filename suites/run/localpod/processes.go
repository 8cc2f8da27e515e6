//go:build linux

package localpod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"stalemate/containers/pid"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
)

// Main is the server's process as it is now.
func (p *Pod) Main(ctx context.Context) (proc.Stat, error) {
	return p.Process(ctx, p.Incarnation().PID)
}

// Process is any process of this machine as it is now.
func (p *Pod) Process(_ context.Context, number int) (proc.Stat, error) {
	stat, err := readStat(number)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return stat, fmt.Errorf("pod %s: %w: %w", p.name, pod.ErrGone, err)
	}
	return stat, err
}

// KillProcess kills any process of this machine.
func (p *Pod) KillProcess(_ context.Context, number int) error { return pid.Kill(number) }

// readStat reads what the kernel says of the first thread of a process.
func readStat(number int) (proc.Stat, error) { return proc.ReadStat(proc.Root, number, number) }
