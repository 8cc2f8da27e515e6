package engine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// minimumRoom is what the base image, the fixtures' images and their layers need
// at least: a Debian root is 0.2 GiB, and every target adds less than that.
const minimumRoom = 2 << 30

// checkRoom fails where the engine's data directory is on this machine and has less than minimumRoom bytes free.
func (e *Engine) checkRoom() error {
	free, known := e.room()
	if !known || free >= minimumRoom {
		return nil
	}
	return fmt.Errorf("the engine's disk at %s has %.1f GiB free, and %d GiB are needed: free some "+
		"(`docker image prune` removes images that nothing uses)", e.root, float64(free)/(1<<30), minimumRoom>>30)
}

// room is how many bytes are free for the engine. It is known only of an engine on this machine.
func (e *Engine) room() (free uint64, known bool) {
	if !e.local || e.root == "" {
		return 0, false
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(e.root, &stat); err != nil {
		return 0, false
	}
	return stat.Bavail * uint64(stat.Bsize), true
}
