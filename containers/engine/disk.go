package engine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// minimumDisk, in bytes, is enough for the base image (a Debian root is 0.2 GiB), the targets' images and their layers (less than
// that each).
const minimumDisk = 2 << 30

// checkDisk fails if the engine's data directory is on this machine and has less than minimumDisk free.
func (e *Engine) checkDisk() error {
	free, known := e.freeDisk()
	if !known || free >= minimumDisk {
		return nil
	}
	return fmt.Errorf("the engine's disk at %s has %.1f GiB free, and stalemate needs %d GiB: "+
		"free some (`docker image prune` removes images that nothing uses)", e.root, float64(free)/(1<<30), minimumDisk>>30)
}

// freeDisk is how many bytes are free for the engine. It is known only for an engine on this machine.
func (e *Engine) freeDisk() (free uint64, known bool) {
	if !e.local || e.root == "" {
		return 0, false
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(e.root, &stat); err != nil {
		return 0, false
	}
	return stat.Bavail * uint64(stat.Bsize), true
}
