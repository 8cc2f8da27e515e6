//go:build linux

package localpod

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"stalemate/attackers"
	"stalemate/containers/image"
	"stalemate/containers/inspect"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// Pod is a run.Server. What a suite does not call without an engine is not implemented, and panics.
type Pod struct {
	run.Server
	address string
	root    string   // the directory that stands for the target's root
	tmpfs   []string // directories below it that stand for tmpfs mounts
	argv    []string
	env     []string
	name    string
	emit    func(record.Event)

	mu          sync.Mutex
	incarnation record.Incarnation
	now         *process // the present incarnation, or the last
	down        bool     // the present incarnation was ended by Kill or Stop
}

// Starter starts pods whose targets are commands of this machine: the file's command, with its environment and the
// variable RootVariable. Each pod has a root below dir.
func Starter(dir string) run.StartPod {
	return func(_ context.Context, spec pod.Spec, emit func(record.Event)) (run.Server, error) {
		root, err := os.MkdirTemp(dir, spec.Name+"-")
		if err != nil {
			return nil, fmt.Errorf("start pod %s: %w", spec.Name, err)
		}
		address := fmt.Sprintf("127.0.0.%d", pods.Add(1)%maxPods+2)
		command := make([]string, len(spec.Command))
		for i, arg := range spec.Command {
			command[i] = strings.ReplaceAll(arg, AddressOfPod, address)
		}
		if slices.Equal(command, spec.Command) {
			address = "127.0.0.1"
		}
		p := &Pod{root: root, address: address, argv: command, name: spec.Name, emit: emit, down: true}
		for name, value := range spec.Env {
			p.env = append(p.env, name+"="+value)
		}
		for mount := range spec.Tmpfs {
			p.tmpfs = append(p.tmpfs, path.Join(root, mount))
			if err := os.MkdirAll(path.Join(root, mount), 0o755); err != nil {
				return nil, fmt.Errorf("start pod %s: %w", spec.Name, err)
			}
		}
		return p, nil
	}
}

// AddressOfPod in an argument of the command stands for the pod's own address. A command without it serves at 127.0.0.1, so that a
// target of it has one pod at a time.
const AddressOfPod = "@address@"

// pods counts the pods of this process, and gives each of maxPods in turn an address of its own.
var pods atomic.Uint32

const maxPods = 250

// RootVariable of the server's environment names the directory that stands for its root.
const RootVariable = "LOCALPOD_ROOT"

// Name is the pod's.
func (p *Pod) Name() string { return p.name }

// Address is the server's.
func (p *Pod) Address() string { return p.address }

// Names is empty: there are no containers.
func (p *Pod) Names() map[string]string { return nil }

// serves is what a command of the in-pod program calls, nil for one that needs a pod.
func serves(command wire.Command) func(context.Context, io.Reader, io.Writer) error {
	switch command {
	case wire.CommandAttack:
		return attackers.Attack
	case wire.CommandProbe:
		return attackers.Probe
	case wire.CommandAsk:
		return attackers.Ask
	case wire.CommandInspect:
		return inspect.Serve
	}
	return nil
}

// Run calls what the command of that name calls.
func (p *Pod) Run(ctx context.Context, role pod.Role, command wire.Command, in io.Reader, out io.Writer) error {
	serve := serves(command)
	if serve == nil {
		return fmt.Errorf("%s cannot run in the %s without an engine", command, role)
	}
	if err := p.there(role); err != nil {
		return err
	}
	// The end of the context is the end of the input, as that of an exec is.
	reader, writer := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = writer.CloseWithError(io.EOF) })
	defer stop()
	if in != nil {
		go func() {
			_, err := io.Copy(writer, in)
			_ = writer.CloseWithError(err)
		}()
	}
	defer reader.Close()
	serving := context.WithoutCancel(ctx)
	if command == wire.CommandProbe || command == wire.CommandAsk {
		serving = ctx // it has read its question, and would not see the end of the input
	}
	if err := serve(serving, reader, out); err != nil {
		return fmt.Errorf("exit status 2: %w", err)
	}
	return context.Cause(ctx)
}

// Leftovers lists, plants or removes files below the pod's root, as inspector and witness do below theirs.
func (p *Pod) Leftovers(ctx context.Context, role pod.Role, verb leftover.Verb, r leftover.Request) ([]record.Leftover, error) {
	if err := p.there(role); err != nil {
		return nil, err
	}
	r.Root, r.IPC = p.root, false
	var files []leftover.Object
	for _, o := range r.Objects {
		if o.Kind != leftover.PosixShm && !strings.HasPrefix(o.Kind, "sysv-") {
			files = append(files, o)
		}
	}
	r.Objects = files
	return r.Do(ctx, verb)
}

// Owner knows only numbers: there is no image.
func (p *Pod) Owner(_ context.Context, owner string) (uid, gid int, err error) {
	return leftover.Owner(owner, "", "")
}

// there says whether a container of that role would run: the inspector goes with its incarnation.
func (p *Pod) there(role pod.Role) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if role == pod.Inspector && p.down {
		return fmt.Errorf("pod %s: no incarnation is up, and so no inspector", p.name)
	}
	return nil
}

// Images gives every target an image, which nothing is started from.
type Images struct{}

// Helper names no image.
func (Images) Helper(context.Context) (string, error) { return "none", nil }

// Base is no image.
func (Images) Base(context.Context) (record.Image, error) { return record.Image{Ref: "none"}, nil }

// Target is no image.
func (Images) Target(context.Context, image.Source) (record.Image, error) {
	return record.Image{Ref: "none"}, nil
}
