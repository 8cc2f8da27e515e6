// Package engine connects to the container engine, diagnoses it (`stalemate doctor`), and removes what runs have left in it.
//
// The connection is testcontainers-go's provider. Everything that lists or removes uses the raw client of the same
// provider: testcontainers can terminate only what this process has created, and these things are found by label, often
// after their run has died.
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

// Everything that stalemate creates in the engine has labels. LabelRun finds what a run has created, LabelImage the images
// that are kept between runs.
const (
	LabelRun   = "stalemate.run"   // value: the run's id, random
	LabelPod   = "stalemate.pod"   // value: the pod's name
	LabelRole  = "stalemate.role"  // value: the container's role in the pod
	LabelImage = "stalemate.image" // value: base, target or helper
)

const (
	// connectWithin bounds the first requests to the engine. A local engine answers in milliseconds.
	connectWithin = 15 * time.Second
	// minimumAPI is the oldest Engine API that stalemate was tested with (Docker Engine 20.10).
	minimumAPI = "1.41"
)

// Guard ends what must not outlive this process and is unknown to the engine. Package reaper has one.
type Guard interface {
	// Child names a process group by its leader. Call the result when the group has ended.
	Child(pid int) (gone func())
	// Temp names a temporary directory. Call the result when it is removed.
	Temp(dir string) (gone func())
}

// Engine is a connection to a container engine. It is safe for concurrent use.
type Engine struct {
	// Guard, if set, is told of child processes and temporary directories.
	Guard       Guard
	provider    *testcontainers.DockerProvider
	client      client.APIClient
	connections *connections
	lost        context.Context // ends when the engine is given up
	lose        context.CancelCauseFunc
	info        map[string]string
	from        string // what named the engine: "DOCKER_HOST", a docker context; "" for the default socket
	podman      string // the version of podman; "" for another engine
	root        string // the engine's data directory, on its own host
	local       bool   // reached through a unix socket
}

// Connect connects for a run, which creates images and containers: Reach, and an error if the engine's disk is full.
func Connect(ctx context.Context) (*Engine, error) {
	e, err := Reach(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.checkDisk(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Reach connects to the engine that DOCKER_HOST or a docker context names, or to the default one. It fails if another one answers, or one older than API 1.41. Each error says what to do. A full disk is not an error: `stalemate clean` must work
// on one.
func Reach(ctx context.Context) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	asked, err := chosenAddress()
	if err != nil {
		return nil, err
	}
	if err := asked.check(); err != nil {
		return nil, err
	}
	if err := prepareEnvironment(asked.host); err != nil {
		return nil, err
	}
	// testcontainers logs a banner to its default logger. Info has what matters of it.
	tclog.SetDefault(tclog.NewNoopLogger())
	provider, err := newProvider(ctx)
	if err != nil {
		return nil, unreachable(asked.host, err)
	}
	e := &Engine{provider: provider, client: provider.Client()}
	e.lost, e.lose = context.WithCancelCause(context.Background())
	if err := e.ownConnections(ctx); err != nil {
		return nil, errors.Join(unreachable(asked.host, err), provider.Client().Close())
	}
	if err := e.examine(ctx, asked); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// examine checks which engine answers, and keeps its properties.
func (e *Engine) examine(ctx context.Context, asked address) error {
	if got := e.client.DaemonHost(); asked.host != "" && !sameHost(asked.host, got) {
		return fmt.Errorf("%s is %s, but the engine that answered is %s: "+
			"correct it, or unset it to use the other one", asked.from, asked.host, got)
	}
	info, err := e.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		return unreachable(asked.host, err)
	}
	version, err := e.client.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return unreachable(asked.host, err)
	}
	if older(version.APIVersion, minimumAPI) {
		return fmt.Errorf("engine %s has API %s, and stalemate needs %s: install Docker Engine 20.10 or newer",
			version.Version, version.APIVersion, minimumAPI)
	}
	e.podman = podmanOf(version)
	if err := refusePodman(e.podman); err != nil {
		return err
	}
	if info.Info.OSType != "linux" {
		return fmt.Errorf("the engine runs %s containers, and stalemate needs linux ones: switch the engine to them", info.Info.OSType)
	}
	e.root, e.from = info.Info.DockerRootDir, asked.from
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

// Close closes the connections to the engine.
func (e *Engine) Close() error { return e.client.Close() }

// Host is the engine's address, as DOCKER_HOST has it.
func (e *Engine) Host() string { return e.client.DaemonHost() }

// Client is the raw client of the engine's API.
func (e *Engine) Client() client.APIClient { return e.client }

// Provider is testcontainers' provider for the same engine.
func (e *Engine) Provider() *testcontainers.DockerProvider { return e.provider }

// Info has the keys version, api, kernel, os, arch (amd64, arm64), cgroup, runtime and storage_driver.
func (e *Engine) Info() map[string]string {
	out := make(map[string]string, len(e.info))
	for k, v := range e.info {
		out[k] = v
	}
	return out
}

// Arch is the engine's architecture by Go's name: amd64, arm64.
func (e *Engine) Arch() string { return e.info["arch"] }

// Watch tells the guard of a child process, if there is a guard. Call the result when the process has ended.
func (e *Engine) Watch(pid int) (gone func()) {
	if e.Guard == nil {
		return func() {}
	}
	return e.Guard.Child(pid)
}

// WatchTemp tells the guard of a temporary directory, if there is a guard. Call the result when it is removed.
func (e *Engine) WatchTemp(dir string) (gone func()) {
	if e.Guard == nil {
		return func() {}
	}
	return e.Guard.Temp(dir)
}

// unreachable adds what to install, start or change to an error of the connection.
func unreachable(host string, err error) error {
	where := "the default socket"
	if host != "" {
		where = host
	}
	advice := "install and start Docker Engine 20.10 or newer (on Debian as root: `make engine`)"
	if errors.Is(err, os.ErrPermission) || strings.Contains(err.Error(), "permission denied") {
		advice = "this user may not use it: add the user to the docker group, or become root"
	}
	return fmt.Errorf("no container engine answers at %s: %s: %w", where, advice, err)
}

// goArch is Go's name of an architecture that the kernel names.
func goArch(arch string) string {
	switch arch {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return arch
}

// older compares versions that begin with MAJOR.MINOR.
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
