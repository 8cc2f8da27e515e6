package reaper

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// removeTempDir removes a temporary directory of stalemate. It unmounts first what is mounted below: mmdebstrap may have
// bound the machine's own /dev there.
func removeTempDir(dir string) error {
	if !isTempDir(dir) {
		return fmt.Errorf("remove %s: not a temporary directory of stalemate", dir)
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
		return errors.Join(fmt.Errorf("remove %s: something is still mounted below it", dir), err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	return nil
}

// isTempDir tells whether a path is one that stalemate gets from os.MkdirTemp.
func isTempDir(dir string) bool {
	return filepath.IsAbs(dir) && filepath.Clean(dir) == dir && strings.HasPrefix(filepath.Base(dir), "stalemate-")
}

// mountsBelow lists the mount points under dir, outer ones first.
func mountsBelow(dir string) ([]string, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("list mounts: %w", err)
	}
	defer file.Close()
	return parseMounts(file, dir)
}

// parseMounts reads /proc/self/mountinfo. Its fifth field is the mount point, with octal escapes (proc(5)).
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
