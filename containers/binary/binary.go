// Package binary finds or builds the two static programs that a run starts: stalemate itself, as the reaper, and the
// smaller helper, which runs inside the containers of a pod.
package binary

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"stalemate/reports/record/atomicfile"
)

// buildWithin bounds a build with an empty cache on a slow machine. With a warm cache it takes a second.
const buildWithin = 5 * time.Minute

// keepFor is longer than any run takes. A build that no run asked for since then is removed from the cache.
const keepFor = 24 * time.Hour

// Helper is the path of the program for the containers of a pod, for amd64 or arm64. It is the helper that was built together
// with this program, in the same folder. Without one it is this program itself, which has the same commands and takes longer
// to start. If this program is not a static stalemate for linux, for example a test, the Go command builds the helper. watch
// is that of RunGroup, for the build.
func Helper(ctx context.Context, arch string, watch func(pid int) (gone func())) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the running program: %w", err)
	}
	why := usable(self, modulePath(), arch)
	if why == nil {
		if beside, ok := adjacentHelper(self, helperSum); ok {
			return beside, nil
		}
		return self, nil
	}
	return builtProgram(ctx, why, program{"helper", helperPath()}, arch, watch)
}

// Stalemate is the path of a static stalemate for linux, for amd64 or arm64: this program, or else one that the Go command
// builds from the source that moduleDir finds, and keeps in the user's cache directory. watch is that of RunGroup, for the build.
func Stalemate(ctx context.Context, arch string, watch func(pid int) (gone func())) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the running program: %w", err)
	}
	why := usable(self, modulePath(), arch)
	if why == nil {
		return self, nil
	}
	return builtProgram(ctx, why, program{"stalemate", modulePath()}, arch, watch)
}

// program is one that the Go command can build: its name in the cache, and its import path.
type program struct{ name, path string }

// builtProgram lets the Go command build a program. why says why the running one does not serve.
func builtProgram(ctx context.Context, why error, p program, arch string, watch func(int) func()) (string, error) {
	root, err := moduleDir(ctx)
	if err != nil {
		return "", fmt.Errorf("the running program cannot run inside containers (%w), and building one failed: %w", why, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "stalemate")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the cache directory of built programs: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock-"+p.name+"-"+arch))
	if err != nil {
		return "", err
	}
	defer unlock()
	return build(ctx, root, dir, p, arch, watch)
}

// usable returns nil for a static linux program of that import path and architecture, and else what is wrong with it.
func usable(path, importPath, arch string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s has no build information: %w", path, err)
	}
	if info.Path != importPath {
		return fmt.Errorf("%s is the program %s", path, info.Path)
	}
	for _, setting := range info.Settings {
		if setting.Key == "GOARCH" && setting.Value != arch {
			return fmt.Errorf("%s is for %s, and the engine needs %s", path, setting.Value, arch)
		}
		if setting.Key == "GOOS" && setting.Value != "linux" {
			return fmt.Errorf("%s is for %s, and containers need linux", path, setting.Value)
		}
	}
	file, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%s is not an ELF program: %w", path, err)
	}
	defer file.Close()
	for _, program := range file.Progs {
		if program.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is linked dynamically", path)
		}
	}
	return nil
}

// build builds a program; with a warm cache of the Go command it links at most. The file name contains the hash of the
// content, so that nobody runs half a file or another build.
func build(ctx context.Context, root, dir string, p program, arch string, watch func(int) func()) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildWithin)
	defer cancel()
	output := filepath.Join(dir, "build-"+p.name+"-linux-"+arch)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output, p.path)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=", "GOWORK=off")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := RunGroup(cmd, watch); err != nil {
		return "", fmt.Errorf("build %s for linux/%s: %w\n%s", p.path, arch, err, log.String())
	}
	return store(output, filepath.Join(dir, p.name+"-linux-"+arch))
}

// store copies a build to prefix-HASH, and removes builds that are older than keepFor.
func store(output, prefix string) (string, error) {
	data, err := os.ReadFile(output)
	if err != nil {
		return "", fmt.Errorf("read the built program: %w", err)
	}
	path := fmt.Sprintf("%s-%.8x", prefix, sha256.Sum256(data))
	now := time.Now()
	if err := os.Chtimes(path, now, now); err == nil {
		return path, nil
	}
	older, err := filepath.Glob(prefix + "-*")
	if err != nil {
		return "", err
	}
	cut, err := filepath.Glob(filepath.Join(filepath.Dir(prefix), "."+filepath.Base(prefix)+"-*")) // a run was killed while it stored one
	if err != nil {
		return "", err
	}
	for _, name := range append(older, cut...) {
		// A run that began less than keepFor ago may still use it.
		if info, err := os.Stat(name); err == nil && now.Sub(info.ModTime()) > keepFor {
			_ = os.Remove(name)
		}
	}
	err = atomicfile.Write(path, 0o700, func(out io.Writer) error {
		_, err := out.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("store the built program: %w", err)
	}
	return path, nil
}

// lock takes the advisory lock of a file, so that packages that are tested at the same time build once. The kernel releases
// the lock when the process ends.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the build cache: %w", err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for %s: %w", path, ctx.Err()), file.Close())
		case <-tick.C:
		}
	}
}
