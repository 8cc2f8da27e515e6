// Package engine reaches the container engine, or says why it cannot and what to do about it.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// The labels that everything of ours bears. What a run made is found by LabelRun,
// what is kept between runs by LabelImage.
const (
	LabelRun   = "stalemate.run"   // value: the run's id, random
	LabelPod   = "stalemate.pod"   // value: the pod's name
	LabelRole  = "stalemate.role"  // value: the container's part in the pod
	LabelImage = "stalemate.image" // value: base, target or helper
)

const (
	// connectWithin bounds the first exchange with the engine. A local engine answers in milliseconds.
	connectWithin = 15 * time.Second
	// minimumAPI is the oldest Engine API that was tried (Engine 20.10).
	minimumAPI = "1.41"
)

// Guard is told of what must not outlive this process although the engine does not
// know of it. The reaper is one.
type Guard interface {
	// Child names a process group of ours, by its leader. Calling the result says that it is gone.
	Child(pid int) (gone func())
	// Temp names a directory of ours. Calling the result says that it is gone.
	Temp(dir string) (gone func())
}

// Engine is a container engine that answered. It is safe for concurrent use.
type Engine struct {
	// Guard, where it is set, hears of child processes and temporary directories.
	Guard    Guard
	provider *testcontainers.DockerProvider
	client   client.APIClient
	info     map[string]string
	root     string // the engine's data directory, on its own host
	local    bool   // reached through a unix socket
}

// Connect is Reach for who is going to start something: it fails as well when the engine's disk is full.
func Connect(ctx context.Context) (*Engine, error) {
	e, err := Reach(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.checkRoom(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Reach reaches the engine that DOCKER_HOST names, or the default one. Every error says
// what to do. It fails as well when what answered is not what DOCKER_HOST asked for, and
// when the engine is older than API 1.41. A full disk does not matter to who only removes.
func Reach(ctx context.Context) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	asked := os.Getenv("DOCKER_HOST")
	if err := checkHost(asked); err != nil {
		return nil, err
	}
	if err := prepareEnvironment(asked); err != nil {
		return nil, err
	}
	// testcontainers greets on its default logger; what is worth saying is in Info.
	tclog.SetDefault(tclog.NewNoopLogger())
	provider, err := newProvider(ctx)
	if err != nil {
		return nil, unreachable(asked, err)
	}
	e := &Engine{provider: provider, client: provider.Client()}
	if err := e.examine(ctx, asked); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// newProvider is testcontainers' constructor, which takes no context, with ours.
func newProvider(ctx context.Context) (*testcontainers.DockerProvider, error) {
	type result struct {
		provider *testcontainers.DockerProvider
		err      error
	}
	done := make(chan result, 1)
	go func() {
		defer func() {
			// testcontainers panics where it finds no engine at all.
			if r := recover(); r != nil {
				done <- result{nil, fmt.Errorf("%v", r)}
			}
		}()
		provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(tclog.NewNoopLogger()))
		done <- result{provider, err}
	}()
	select {
	case r := <-done:
		return r.provider, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// examine asks the engine who it is.
func (e *Engine) examine(ctx context.Context, asked string) error {
	if got := e.client.DaemonHost(); asked != "" && !sameHost(asked, got) {
		return fmt.Errorf("DOCKER_HOST is %s, but the engine that answered is %s: "+
			"correct DOCKER_HOST, or unset it to use that one", asked, got)
	}
	info, err := e.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		return unreachable(asked, err)
	}
	version, err := e.client.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return unreachable(asked, err)
	}
	if older(version.APIVersion, minimumAPI) {
		return fmt.Errorf("the engine %s speaks API %s, and %s is needed: install Docker Engine 20.10 or newer",
			version.Version, version.APIVersion, minimumAPI)
	}
	if info.Info.OSType != "linux" {
		return fmt.Errorf("the engine runs %s containers, and linux ones are needed: switch it over", info.Info.OSType)
	}
	e.root = info.Info.DockerRootDir
	e.local = strings.HasPrefix(e.client.DaemonHost(), "unix:")
	e.info = map[string]string{
		"version":        version.Version,
		"api":            version.APIVersion,
		"kernel":         info.Info.KernelVersion,
		"os":             info.Info.OperatingSystem,
		"arch":           goArch(info.Info.Architecture),
		"cgroup":         info.Info.CgroupVersion,
		"runtime":        info.Info.DefaultRuntime,
		"storage_driver": info.Info.Driver,
	}
	return nil
}

// Close lets go of the connections.
func (e *Engine) Close() error { return e.client.Close() }

// Client is the engine's API.
func (e *Engine) Client() client.APIClient { return e.client }

// Provider is testcontainers' way to the same engine.
func (e *Engine) Provider() *testcontainers.DockerProvider { return e.provider }

// Info tells version, api, kernel, os, arch (amd64, arm64), cgroup, runtime and storage_driver.
func (e *Engine) Info() map[string]string {
	out := make(map[string]string, len(e.info))
	for k, v := range e.info {
		out[k] = v
	}
	return out
}

// Arch is the engine's architecture in Go's words.
func (e *Engine) Arch() string { return e.info["arch"] }

// Watch tells the guard of a child process; without a guard it does nothing.
func (e *Engine) Watch(pid int) (gone func()) {
	if e.Guard == nil {
		return func() {}
	}
	return e.Guard.Child(pid)
}

// WatchTemp tells the guard of a temporary directory; without a guard it does nothing.
func (e *Engine) WatchTemp(dir string) (gone func()) {
	if e.Guard == nil {
		return func() {}
	}
	return e.Guard.Temp(dir)
}

// unreachable says what to install or start.
func unreachable(host string, err error) error {
	where := "the default socket"
	if host != "" {
		where = host
	}
	advice := "install and start Docker Engine 20.10 or newer (on Debian as root: `make engine`)"
	if errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), "permission denied") {
		advice = "this user may not talk to it: add the user to the docker group, or become root"
	}
	return fmt.Errorf("no container engine answers at %s: %s: %w", where, advice, err)
}

// goArch turns the kernel's name of an architecture into Go's.
func goArch(arch string) string {
	switch arch {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return arch
}

// older compares API versions of the form major.minor.
func older(version, than string) bool {
	parse := func(s string) (major, minor int) {
		if n, err := fmt.Sscanf(s, "%d.%d", &major, &minor); err != nil || n != 2 {
			return 0, 0
		}
		return major, minor
	}
	major, minor := parse(version)
	wantMajor, wantMinor := parse(than)
	return major < wantMajor || major == wantMajor && minor < wantMinor
}
