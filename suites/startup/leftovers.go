package startup

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
)

// places are the directories whose files are listed.
func (u *unit) places() []string {
	l := u.leftovers()
	switch {
	case len(l.Watch) > 0:
		return l.Watch
	case l.RunDir != nil:
		return []string{l.RunDir.Path}
	}
	return []string{"/run", "/var/run", "/tmp"}
}

// volatile are the places that the witness sees: on a tmpfs that outlives the server.
func (u *unit) volatile(name string) bool {
	under := func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }
	if d := u.leftovers().RunDir; d != nil && d.On == "tmpfs" && under(d.Path) {
		return true
	}
	for dir := range u.Target.Tmpfs {
		if under(dir) && u.keepsIPC() {
			return true
		}
	}
	return false
}

// look lists the leftovers as they are now: through the live process, or from the witness and the dead layer.
func (s *scenario) look(ctx context.Context, when string) ([]record.Leftover, error) {
	var found []record.Leftover
	var err error
	if s.alive {
		root := fmt.Sprintf("/proc/%d/root", s.pod.Incarnation().PID)
		found, err = s.pod.Leftovers(ctx, pod.Inspector, leftover.ToList, leftover.Request{Root: root, Dirs: s.places(), IPC: true})
	} else {
		found, err = s.lookAtDead(ctx)
	}
	if err != nil {
		return nil, err
	}
	news := leftover.Compare(s.last, found)
	isNew := map[string]bool{}
	for _, l := range append(slices.Clone(news.Appeared), news.Replaced...) {
		isNew[l.Kind+l.Name] = true
	}
	leftover.Sort(found)
	for i := range found {
		l := &found[i]
		l.When, l.Inc, l.New = when, s.pod.Incarnation().Number, isNew[l.Kind+l.Name]
		if l.Inode != 0 || s.seen[l.Name].Inode == 0 {
			s.seen[l.Name] = *l
		}
		copied := *l
		s.emit(record.Event{Kind: record.LeftoverSeen, Leftover: &copied})
	}
	s.last, s.changed = found, false
	return found, nil
}

func (s *scenario) lookAtDead(ctx context.Context) ([]record.Leftover, error) {
	r, still := s.atRest()
	var found []record.Leftover
	var err error
	if r.IPC || len(r.Dirs) > 0 {
		if found, err = s.pod.Leftovers(ctx, pod.Witness, leftover.ToList, r); err != nil {
			return nil, err
		}
	}
	if len(still) == 0 {
		return found, nil
	}
	more, err := layer.AtRest(ctx, s.tools.Engine().Client(), s.pod.Names()[string(pod.Target)], s.known(), still...)
	if err != nil {
		return nil, err
	}
	return append(found, more...), nil
}

// atRest says what of a dead target the witness is asked for, and which places are in its layer, where only
// a copy that the engine makes shows them.
func (u *unit) atRest() (r leftover.Request, still []string) {
	r.IPC = u.keepsIPC()
	for _, dir := range u.places() {
		if u.volatile(dir) {
			r.Dirs = append(r.Dirs, dir)
		} else {
			still = append(still, dir)
		}
	}
	return r, still
}

// known are all leftovers that were ever seen.
func (s *scenario) known() []record.Leftover {
	var all []record.Leftover
	for _, l := range s.seen {
		all = append(all, l)
	}
	return all
}

// objects turns those of the file into what is planted, with their variables filled in.
func (s *scenario) objects(from []fixtures.LeftoverObject) []leftover.Object {
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
		objects = append(objects, object)
	}
	return objects
}

// expand fills the variables of a text in.
func (s *scenario) expand(text string) string {
	number := ""
	if s.stranger != nil {
		number = strconv.Itoa(s.stranger.PID)
	}
	return strings.NewReplacer("${pid}", strconv.Itoa(s.leftovers().PID), "${stranger}", number).Replace(text)
}

// errUnreachable says that nothing can plant or remove an object where it would be.
var errUnreachable = errors.New("not possible while the target is down: do it while an earlier incarnation lives")

// change plants or removes objects, each from where it can be reached.
func (s *scenario) change(ctx context.Context, verb leftover.Verb, objects []leftover.Object) error {
	s.changed = true
	for _, o := range objects {
		ipc := isIPC(o.Kind)
		var found []record.Leftover
		var err error
		switch {
		case s.alive:
			root := fmt.Sprintf("/proc/%d/root", s.pod.Incarnation().PID)
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
		s.say("%s: %s", verb, names(found))
	}
	return nil
}

// isIPC says whether a kind lives in the IPC namespace.
func isIPC(kind string) bool { return strings.HasPrefix(kind, "sysv-") || kind == leftover.PosixShm }

// empty empties a directory.
func (s *scenario) empty(ctx context.Context, dir string) error {
	if s.alive || s.volatile(dir) {
		return s.change(ctx, leftover.ToRemove, []leftover.Object{{Kind: leftover.File, Name: dir + "/*"}})
	}
	s.changed = true
	return layer.EmptyDir(ctx, s.tools.Engine().Client(), s.pod.Names()[string(pod.Target)], dir)
}

// aimInode makes the next file in the run directory get the number that the leftover had when it was last seen.
func (s *scenario) aimInode(ctx context.Context, pattern string, less uint64) error {
	var had record.Leftover
	for name, l := range s.seen {
		if ok, _ := path.Match(s.expand(pattern), name); ok && l.Inode != 0 && l.Kind != leftover.Directory {
			if had.Inode != 0 {
				return fmt.Errorf("%s is %s as well as %s: name the one whose number is meant", pattern, had.Name, name)
			}
			had = l
		}
	}
	if had.Inode == 0 {
		return fmt.Errorf("no inode number of %s was seen", pattern)
	}
	cursor := leftover.Object{Kind: leftover.InodeCursor, Name: s.leftovers().RunDir.Path, Inode: had.Inode - less}
	s.say("the next file in %s gets the inode number %d, as %s had %d", cursor.Name, cursor.Inode, had.Name, had.Inode)
	_, err := s.pod.Leftovers(ctx, pod.Witness, leftover.ToPlant, leftover.Request{Objects: []leftover.Object{cursor}})
	return err
}
