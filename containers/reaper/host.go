package reaper

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/containers/pid"
)

const (
	// graceful is how long a process group may clean up after a SIGTERM: package managers leave a
	// mess after a SIGKILL.
	graceful = 8 * time.Second
	// lookEvery is the time between two looks at a process that is ending.
	lookEvery = 50 * time.Millisecond
)

// end ends a process group: its leader with a SIGTERM, where it heeds one in time, and whoever outlives it. Nothing
// happens where the leader's number belongs to a stranger by now.
func end(ctx context.Context, c child) {
	ctx, cancel := context.WithTimeout(ctx, graceful)
	defer cancel()
	if alive(c) {
		_ = syscall.Kill(-c.PID, syscall.SIGTERM)
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for late := false; alive(c) && !late; {
		select {
		case <-ctx.Done():
			late = true
		case <-tick.C:
		}
	}
	// The kernel gives nobody a number that a group still has: as long as the group has members, no stranger leads it.
	if stat, err := pid.Read(c.PID); err == nil && stat.StartTime != c.Start {
		return
	}
	_ = syscall.Kill(-c.PID, syscall.SIGKILL) // where there is nobody left this says so
}

func alive(c child) bool {
	stat, err := pid.Read(c.PID)
	return err == nil && stat.StartTime == c.Start && stat.State != "Z"
}

// removeAll removes a temporary directory of ours. What is mounted below it is unmounted first: a half-made
// root may hold the machine's own /dev.
func removeAll(dir string) error {
	if !ours(dir) {
		return fmt.Errorf("%s is not a temporary directory of ours", dir)
	}
	mounts, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	for i := len(mounts) - 1; i >= 0; i-- {
		if err := unix.Unmount(mounts[i], unix.MNT_DETACH); err != nil {
			return fmt.Errorf("unmount %s: %w", mounts[i], err)
		}
	}
	if mounts, err = mountsBelow(dir); err != nil || len(mounts) > 0 {
		return errors.Join(fmt.Errorf("%s still has mounts below it", dir), err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	return nil
}

// ours says whether a path is one that os.MkdirTemp gives us.
func ours(dir string) bool {
	return filepath.IsAbs(dir) && filepath.Clean(dir) == dir && strings.HasPrefix(filepath.Base(dir), "stalemate-")
}

// mountsBelow lists mount points under dir, outer ones first.
func mountsBelow(dir string) ([]string, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("list mounts: %w", err)
	}
	defer file.Close()
	return parseMounts(file, dir)
}

// parseMounts reads mountinfo, in which the fifth field is the mount point, with blanks and backslashes as octal escapes.
func parseMounts(file *os.File, dir string) ([]string, error) {
	var out []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	unescape := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 {
			continue
		}
		point := unescape.Replace(fields[4])
		if point == dir || strings.HasPrefix(point, dir+"/") {
			out = append(out, point)
		}
	}
	return out, lines.Err()
}
