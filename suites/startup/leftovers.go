package startup

import (
	"context"
	"slices"
	"strings"

	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// watched are the directories whose files are listed.
func (u *scenarioPod) watched() []string {
	l := u.leftovers()
	switch {
	case len(l.Watch) > 0:
		return l.Watch
	case l.RunDir != nil:
		return []string{l.RunDir.Path}
	}
	return []string{"/run", "/var/run", "/tmp"}
}

// volatile says whether a file is on a tmpfs or a volume that outlives the server's container, where the witness sees it.
func (u *scenarioPod) volatile(name string) bool {
	under := func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }
	if d := u.leftovers().RunDir; d != nil && d.On == "tmpfs" && under(d.Path) {
		return true
	}
	for dir := range u.Target.Tmpfs {
		if under(dir) && u.keepsIPC() {
			return true
		}
	}
	return slices.ContainsFunc(u.leftovers().KeptVolumes(), under)
}

// look lists the leftovers as they are now: through the live process, or from the witness and the dead layer.
func (s *scenario) look(ctx context.Context, when string) ([]record.Leftover, error) {
	var found []record.Leftover
	var err error
	if s.alive {
		found, err = s.lookAtLive(ctx)
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

// lookAtLive lists them through the live process.
func (s *scenario) lookAtLive(ctx context.Context) ([]record.Leftover, error) {
	root := proc.Path(proc.Root, s.pod.Incarnation().PID, "root")
	return s.pod.Leftovers(ctx, pod.Inspector, leftover.ToList, leftover.Request{Root: root, Dirs: s.watched(), IPC: true})
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
	more, err := layer.List(ctx, s.tools.Engine().Client(), s.pod.Names()[string(pod.Target)], s.known(), still...)
	if err != nil {
		return nil, err
	}
	return append(found, more...), nil
}

// atRest says what of a dead target the witness lists, and which directories are in the target's layer. Those are
// seen only in a copy that the engine makes.
func (u *scenarioPod) atRest() (r leftover.Request, still []string) {
	r.IPC = u.keepsIPC()
	for _, dir := range u.watched() {
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
