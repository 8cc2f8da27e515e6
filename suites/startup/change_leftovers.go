package startup

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
)

// AwaitsStranger says that the stranger, whose PID objects may name, arrives only with the next start.
func (s *scenario) AwaitsStranger() bool { return s.strangerFirst() && !s.alive }

// PlantLater plants objects as soon as the stranger is there.
func (s *scenario) PlantLater(objects []steps.Object) { s.pending = append(s.pending, objects...) }

// Plant plants objects.
func (s *scenario) Plant(ctx context.Context, objects []steps.Object) error {
	return s.changeEach(ctx, leftover.ToPlant, objects)
}

// Remove removes objects.
func (s *scenario) Remove(ctx context.Context, objects []steps.Object) error {
	return s.changeEach(ctx, leftover.ToRemove, objects)
}

func (s *scenario) changeEach(ctx context.Context, verb leftover.Verb, from []steps.Object) error {
	objects, err := s.objects(ctx, from)
	if err != nil {
		return err
	}
	return s.change(ctx, verb, objects)
}

// Copy copies a file into the target.
func (s *scenario) Copy(ctx context.Context, from, to string, mode int64) error {
	return s.pod.CopyTo(ctx, []pod.File{{From: from, To: to, Mode: mode}})
}

// objects fills in the variables and the owners of a step's objects.
func (s *scenario) objects(ctx context.Context, from []steps.Object) ([]leftover.Object, error) {
	var objects []leftover.Object
	for _, o := range from {
		object := leftover.Object{Kind: o.Kind, Name: s.expand(o.Name), Content: s.expand(o.Content), Mode: o.Mode, Size: o.Size, Key: o.Key}
		if o.APR != "" {
			object.Name = leftover.APRShmObject(s.expand(o.APR))
		}
		if o.Ftok != "" {
			name := s.expand(o.Ftok)
			object.Ftok = &leftover.Ftok{File: name, Project: leftover.APRProject(name)}
		}
		if o.Owner != "" {
			var err error
			if object.UID, object.GID, err = s.pod.Owner(ctx, string(o.Owner)); err != nil {
				return nil, err
			}
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// expand fills in the variables of a text.
func (s *scenario) expand(text string) string {
	number := ""
	if s.stranger != nil {
		number = strconv.Itoa(s.stranger.PID)
	}
	return strings.NewReplacer("${pid}", strconv.Itoa(s.leftovers().PID), "${stranger}", number).Replace(text)
}

// errUnreachable says that nothing reaches the place of an object.
var errUnreachable = errors.New("not possible while the server is down; do it while an earlier incarnation runs")

// past says in the evidence what was done.
func past(verb leftover.Verb) string {
	if verb == leftover.ToPlant {
		return "planted"
	}
	return "removed"
}

// change plants or removes objects, each from where it can be reached.
func (s *scenario) change(ctx context.Context, verb leftover.Verb, objects []leftover.Object) error {
	s.changed = true
	for _, o := range objects {
		ipc := isIPC(o.Kind)
		var found []record.Leftover
		var err error
		switch {
		case s.alive:
			root := proc.Path(proc.Root, s.pod.Incarnation().PID, "root")
			found, err = s.pod.Leftovers(ctx, pod.Inspector, verb, leftover.Request{Root: root, Objects: []leftover.Object{o}})
		case ipc && s.keepsIPC(), s.volatile(o.Name):
			found, err = s.pod.Leftovers(ctx, pod.Witness, verb, leftover.Request{Objects: []leftover.Object{o}})
		case verb == leftover.ToPlant && !ipc:
			err = layer.Plant(ctx, s.tools.Engine().Client(), s.pod.Names()[string(pod.Target)], o)
			found = []record.Leftover{{Kind: o.Kind, Name: o.Name, Mode: o.Mode, Note: "planted"}}
		default:
			err = errUnreachable
		}
		if err != nil {
			return fmt.Errorf("%s %s %s: %w", verb, o.Kind, o.Name, err)
		}
		for _, l := range found {
			l.When, l.Inc = leftover.Before, s.pod.Incarnation().Number
			if verb == leftover.ToPlant {
				s.seen[l.Name] = l // of a dead layer only those sockets are listed that are known
			}
			s.emit(record.Event{Kind: record.LeftoverSeen, Leftover: &l})
		}
		s.Say("%s: %s", past(verb), names(found))
	}
	return nil
}

// isIPC says whether a kind lives in the IPC namespace.
func isIPC(kind string) bool { return strings.HasPrefix(kind, "sysv-") || kind == leftover.PosixShm }

// Empty empties a directory.
func (s *scenario) Empty(ctx context.Context, dir string) error {
	if s.alive || s.volatile(dir) {
		return s.change(ctx, leftover.ToRemove, []leftover.Object{{Kind: leftover.File, Name: dir + "/*"}})
	}
	s.changed = true
	return layer.EmptyDir(ctx, s.tools.Engine().Client(), s.pod.Names()[string(pod.Target)], dir)
}
