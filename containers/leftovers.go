package containers

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"stalemate/containers/engine"
	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// Leftover is one object that a server has made and that is still there: its Kind (file, directory,
// symlink, fifo, socket, lock, pid-file, posix-shm, sysv-shm, sysv-sem, sysv-msg), its Name, and more.
type Leftover = record.Leftover

// Leftovers lists what is there now and was not before the first start: files below the folders of
// WithLeftoversIn, POSIX shared memory and SysV objects. Of a server that runs it is what an unclean
// death would leave.
func (s *Server) Leftovers(ctx context.Context) ([]Leftover, error) {
	running, _, err := s.alive(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.leftovers.list(ctx, running)
	if err != nil {
		return nil, fmt.Errorf("list the leftovers of %s: %w", s.name, err)
	}
	difference := leftover.Compare(s.leftovers.before, found)
	found = append(difference.Appeared, difference.Replaced...)
	leftover.Sort(found)
	for i := range found {
		found[i].When, found[i].Inc = leftover.After, s.pod.Incarnation().Number
		if running {
			found[i].When = leftover.Running
		}
	}
	return found, nil
}

// RemoveLeftovers removes the leftovers that match a pattern, such as "posix-shm ShM.*" or "*.sock", and
// gives them. The pattern is an optional kind and a name as for path.Match; without a slash it matches
// the last part of a name. It is an error if none matches. Of a server that does not run, files can be
// removed where they are on a tmpfs.
func (s *Server) RemoveLeftovers(ctx context.Context, pattern string) ([]Leftover, error) {
	if err := leftover.CheckPattern(pattern); err != nil {
		return nil, fmt.Errorf("remove leftovers of %s: %w", s.name, err)
	}
	all, err := s.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(all, func(l Leftover) bool { return !leftover.Matches(pattern, l) })
	if len(found) == 0 {
		return nil, fmt.Errorf("remove the leftovers %q of %s: there is none", pattern, s.name)
	}
	for _, l := range found {
		if err := s.leftovers.remove(ctx, l); err != nil {
			return nil, fmt.Errorf("remove the leftover %s %s of %s: %w", l.Kind, l.Name, s.name, err)
		}
	}
	return found, nil
}

// leftovers finds what a server leaves behind.
type leftovers struct {
	pod      *pod.Pod
	engine   *engine.Engine
	settings *settings
	before   []record.Leftover // what was there before the first start

	mu   sync.Mutex
	seen map[string]record.Leftover // by name: of a dead layer, sockets and what is in large folders are listed only if they are known
}

func newLeftovers(p *pod.Pod, e *engine.Engine, s *settings) *leftovers {
	return &leftovers{pod: p, engine: e, settings: s, seen: map[string]record.Leftover{}}
}

// begin lists what the image has.
func (l *leftovers) begin(ctx context.Context) error {
	var err error
	if l.before, err = l.list(ctx, false); err != nil {
		return fmt.Errorf("list what the image has: %w", err)
	}
	return nil
}

// outlives says whether IPC objects and tmpfs mounts outlive the server, so that the witness sees them.
func (l *leftovers) outlives() bool {
	model := l.settings.spec.RestartAs
	return model == "" || model == pod.Host || model == pod.Kubernetes
}

// onTmpfs says whether a name is on a tmpfs that outlives the server.
func (l *leftovers) onTmpfs(name string) bool {
	for folder := range l.settings.spec.Tmpfs {
		if l.outlives() && (name == folder || strings.HasPrefix(name, folder+"/")) {
			return true
		}
	}
	return false
}

// list looks through the living process, or at what the witness and the engine see of a dead one.
func (l *leftovers) list(ctx context.Context, running bool) ([]record.Leftover, error) {
	found, err := l.look(ctx, running)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range found {
		l.seen[one.Name] = one
	}
	return found, err
}

func (l *leftovers) look(ctx context.Context, running bool) ([]record.Leftover, error) {
	places := l.settings.places
	if running {
		r := leftover.Request{Root: l.root(), Dirs: places, IPC: true}
		return l.pod.Leftovers(ctx, pod.Inspector, leftover.ToList, r)
	}
	var found []record.Leftover
	var inLayer []string
	r := leftover.Request{IPC: l.outlives()}
	for _, place := range places {
		if l.onTmpfs(place) {
			r.Dirs = append(r.Dirs, place)
		} else {
			inLayer = append(inLayer, place)
		}
	}
	if r.IPC || len(r.Dirs) > 0 {
		var err error
		if found, err = l.pod.Leftovers(ctx, pod.Witness, leftover.ToList, r); err != nil {
			return nil, err
		}
	}
	more, err := layer.List(ctx, l.engine.Client(), l.pod.Names()[string(pod.Target)], l.known(), inLayer...)
	return append(found, more...), err
}

// root is where the inspector sees the files of the main process.
func (l *leftovers) root() string { return proc.Path(proc.Root, l.pod.Incarnation().PID, "root") }

func (l *leftovers) known() []record.Leftover {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []record.Leftover
	for _, one := range l.seen {
		all = append(all, one)
	}
	return all
}

var (
	errInLayer = errors.New("the server does not run, and its file system cannot be changed then: start the server with another PID first")
	errNoKey   = errors.New("it has no key, and ends with the last process that uses it")
)

// remove removes one leftover, through the living process or the witness.
func (l *leftovers) remove(ctx context.Context, one record.Leftover) error {
	object, err := objectOf(one)
	if err != nil {
		return err
	}
	r := leftover.Request{Objects: []leftover.Object{object}}
	role := pod.Witness
	switch ipc := isIPC(one.Kind); {
	case one.When == leftover.Running:
		r.Root, role = l.root(), pod.Inspector
	case ipc && !l.outlives(), !ipc && !l.onTmpfs(one.Name):
		return errInLayer
	}
	_, err = l.pod.Leftovers(ctx, role, leftover.ToRemove, r)
	return err
}

// objectOf is a leftover as the programs in the pod are told of it.
func objectOf(l record.Leftover) (leftover.Object, error) {
	const private = "0x00000000" // IPC_PRIVATE
	switch {
	case l.Kind == leftover.PosixShm:
		return leftover.Object{Kind: l.Kind, Name: path.Base(l.Name)}, nil
	case isIPC(l.Kind) && (l.Key == "" || l.Key == private):
		return leftover.Object{}, errNoKey
	case isIPC(l.Kind):
		return leftover.Object{Kind: l.Kind, Key: l.Key}, nil
	}
	return leftover.Object{Kind: l.Kind, Name: l.Name}, nil
}

// isIPC says whether a kind lives in the IPC namespace.
func isIPC(kind string) bool { return strings.HasPrefix(kind, "sysv-") || kind == leftover.PosixShm }
