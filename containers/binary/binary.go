// Package binary finds or builds the static stalemate command that runs beside the harness as its reaper, and
// the part of it that runs inside the containers of a pod.
package binary

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	mainPath   = "stalemate"                 // the import path of the command
	helperPath = mainPath + "/suites/helper" // of the part that runs in pods
)

// buildWithin bounds a build with an empty cache on a slow machine; warm it takes a second.
const buildWithin = 5 * time.Minute

// keepFor is longer than any run: a helper that nobody asked for since is removed.
const keepFor = 24 * time.Hour

// Helper is the path of what runs inside the containers of a pod of the architecture (amd64, arm64): the program
// that was built beside this very one, else this one, which can do the same and takes longer to start. Where this
// one is not a static linux stalemate, as a test is not, the Go command builds it as For has it done.
func Helper(ctx context.Context, arch string, watch func(pid int) (gone func())) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the running program: %w", err)
	}
	why := usable(self, mainPath, arch)
	if why == nil {
		if beside, ok := besides(self, helperSum); ok {
			return beside, nil
		}
		return self, nil
	}
	return built(ctx, why, program{"helper", helperPath}, arch, watch)
}

// For is the path of a static linux stalemate of the architecture (amd64, arm64): this very
// program where it is one, else one that the Go command builds from the module around
// the working directory and keeps in the user's cache directory. watch, which may be
// nil, hears of the building process group.
func For(ctx context.Context, arch string, watch func(pid int) (gone func())) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the running program: %w", err)
	}
	why := usable(self, mainPath, arch)
	if why == nil {
		return self, nil
	}
	return built(ctx, why, program{"stalemate", mainPath}, arch, watch)
}

// program is one that the Go command can build: the name that it is kept under, and its import path.
type program struct{ name, path string }

// built has it built, since the running program cannot be it, and why.
func built(ctx context.Context, why error, p program, arch string, watch func(int) func()) (string, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", fmt.Errorf("the running program cannot serve inside containers (%w), and it cannot be built: %w", why, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "stalemate")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the helper's cache directory: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(dir, "lock-"+p.name+"-"+arch))
	if err != nil {
		return "", err
	}
	defer unlock()
	return build(ctx, root, dir, p, arch, watch)
}

// usable says why a program is not a static linux one of that import path and architecture; nil where it is.
func usable(path, importPath, arch string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s has no build information: %w", path, err)
	}
	if info.Path != importPath {
		return fmt.Errorf("%s is %s", path, info.Path)
	}
	for _, setting := range info.Settings {
		if setting.Key == "GOARCH" && setting.Value != arch {
			return fmt.Errorf("%s is for %s, and the engine is %s", path, setting.Value, arch)
		}
		if setting.Key == "GOOS" && setting.Value != "linux" {
			return fmt.Errorf("%s is for %s", path, setting.Value)
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

// moduleRoot is the directory of our go.mod around the working directory.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("ask the Go command for the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	data, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(data, []byte("module "+mainPath+"\n")) {
		return "", errors.New("the working directory is not inside stalemate's source: " +
			"run a stalemate that was built with CGO_ENABLED=0 for linux on the engine's architecture")
	}
	return filepath.Dir(file), nil
}

// build lets the Go command decide whether anything has to be linked, and gives the
// program a name that holds its content's hash, so that nobody ever runs half a program or another's.
func build(ctx context.Context, root, dir string, p program, arch string, watch func(int) func()) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildWithin)
	defer cancel()
	output := filepath.Join(dir, "build-"+p.name+"-linux-"+arch)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", output, p.path)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := RunGroup(cmd, watch); err != nil {
		return "", fmt.Errorf("build %s for linux/%s: %w\n%s", p.path, arch, err, log.String())
	}
	return keep(output, filepath.Join(dir, p.name+"-linux-"+arch))
}

// keep copies output to prefix and its hash, and removes what older builds kept.
func keep(output, prefix string) (string, error) {
	data, err := os.ReadFile(output)
	if err != nil {
		return "", fmt.Errorf("read the helper: %w", err)
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
	for _, name := range older {
		// A run that began less than keepFor ago may still need it.
		if info, err := os.Stat(name); err == nil && now.Sub(info.ModTime()) > keepFor {
			_ = os.Remove(name)
		}
	}
	if err := os.WriteFile(path+".new", data, 0o700); err != nil {
		return "", fmt.Errorf("keep the helper: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("keep the helper: %w", err)
	}
	return path, nil
}

// lock takes a file's advisory lock, so that packages tested at the same time build once. The kernel
// lets go of it when the process ends.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
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
