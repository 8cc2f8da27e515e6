package run

import (
	"context"
	"time"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// Server is a target in its pod, as the suites use it. *pod.Pod implements it and documents the methods. Tests without an engine
// use a process of this machine: see package localpod.
type Server interface {
	pod.Runner
	process
	network

	As(uid, gid int) pod.Runner
	Leftovers(ctx context.Context, role pod.Role, verb leftover.Verb, r leftover.Request) ([]record.Leftover, error)
	CopyTo(ctx context.Context, files []pod.File) error
	ReadFile(ctx context.Context, path string) (*pod.File, error)
	Owner(ctx context.Context, owner string) (uid, gid int, err error)
	ExecTarget(ctx context.Context, argv []string) (exit int, output string, err error)
	Names() map[string]string
	ServiceLogs(ctx context.Context, name string) (string, error)
	ServiceEnd(ctx context.Context, name string) <-chan int
	Close(ctx context.Context) error
}

// process starts, stops and observes the server's main process.
type process interface {
	Up(ctx context.Context, options pod.UpOptions) (record.Incarnation, error)
	Kill(ctx context.Context) error
	Stop(ctx context.Context, signal string, within time.Duration) (exit int, err error)
	Fresh(ctx context.Context) error
	Incarnation() record.Incarnation
	State(ctx context.Context) (running bool, exit int, startedAt time.Time, err error)
	OutOfMemory(ctx context.Context) (bool, error)
	End(ctx context.Context) <-chan error
	Main(ctx context.Context) (proc.Stat, error)
	Process(ctx context.Context, number int) (proc.Stat, error)
	KillProcess(ctx context.Context, number int) error
	Logs(ctx context.Context) (string, error)
}

// network is the address of the pod, and the attacker in its network.
type network interface {
	Name() string
	Address() string
	NewAttacker(ctx context.Context) error
	Vanish(ctx context.Context) error
}

// StartPod starts a pod, but not the target in it.
type StartPod func(ctx context.Context, spec pod.Spec, emit func(record.Event)) (Server, error)

// startOnEngine is a StartPod that uses a container engine.
func startOnEngine(e *engine.Engine) StartPod {
	return func(ctx context.Context, spec pod.Spec, emit func(record.Event)) (Server, error) {
		p, err := pod.Start(ctx, e, spec, emit)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
}

// Images builds and pulls the images of pods. *image.Store implements it.
type Images interface {
	Helper(ctx context.Context) (string, error)
	Base(ctx context.Context) (record.Image, error)
	Target(ctx context.Context, source image.Source) (record.Image, error)
}
