package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/run"
)

const (
	restarts      = 2                // some faults show at every other start
	restartWithin = 20 * time.Second // from the start to an answer
)

// runDirs are where servers keep what is named after their PID.
var runDirs = []string{"/run", "/var/run", "/tmp", "/var/lock", "/var/tmp"}

// restart is how the starts after a kill ended.
type restart struct {
	pid    int
	failed string // why the server did not serve after a start; "" if it did
	leaves []string
	number int    // number of starts
	daemon string // the pid file of the process that listens, if that is not the main process; "" for none
	before string // the main process, if another one listens: an init, a shell, a supervisor; "" if it listens itself
}

// restartTwice kills all processes of the server and starts it again with the same PID, twice.
func restartTwice(ctx context.Context, s *run.Session, p run.Server, t *target.Target, pid int, found *seen, hide mask) (restart, error) {
	ctx, cancel := context.WithTimeout(ctx, restartsWithin)
	defer cancel()
	r := restart{pid: pid, before: found.initBefore(pid)}
	for r.number = 1; r.number <= restarts; r.number++ {
		if err := p.Kill(ctx); err != nil {
			return r, err
		}
		left, err := leftovers(ctx, s, p, t)
		if err != nil {
			return r, fmt.Errorf("list what target %s left behind: %w", t.Name, err)
		}
		r.leaves = textsOf(left)
		if r.number == 1 && r.before != "" { // the only incarnation whose listening processes are known
			r.daemon = pidFileOf(left, found.listening)
		}
		again := pod.UpOptions{PID: pid}
		if t.RestartAs == "bare" {
			again.PID = 0
		}
		if _, err := p.Up(ctx, again); err != nil {
			return r, fmt.Errorf("start target %s again as PID %d: %w", t.Name, pid, err)
		}
		if r.failed, err = serves(ctx, p, t, found.ports); err != nil || r.failed != "" {
			r.failed += "; " + said(ctx, p, hide)
			return r, err
		}
	}
	r.number--
	return r, nil
}

// serves asks every port again and says which does not answer.
func serves(ctx context.Context, p run.Server, t *target.Target, ports []port) (string, error) {
	for _, one := range ports {
		ask := one.again(p.Address(), t)
		result, ended, err := run.ProbeTarget(ctx, p, ask)
		switch {
		case err != nil:
			return "", err
		case ended != "":
			return fmt.Sprintf("%s before port %d answered: %s", ended, one.number, result.Error), nil
		case !result.OK:
			return fmt.Sprintf("port %d did not answer within %s: %s", one.number, restartWithin, result.Error), nil
		}
	}
	return "", nil
}

// leftovers lists what the dead incarnation left in its layer and in the pod's IPC namespace.
func leftovers(ctx context.Context, s *run.Session, p run.Server, t *target.Target) ([]record.Leftover, error) {
	all, err := layer.Changed(ctx, s.Engine.Client(), p.Names()[string(pod.Target)], runDirs...)
	if err != nil {
		return nil, err
	}
	more, err := p.Leftovers(ctx, pod.Witness, leftover.ToList, leftover.Request{IPC: true})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(append(all, more...), func(l record.Leftover) bool { return l.Kind == leftover.Directory })
	for _, l := range all {
		l.When = leftover.After
		_ = s.Log.Write(record.Event{Kind: record.LeftoverSeen, Target: t.Name, Pod: p.Name(), Leftover: &l}) // the log keeps its error
	}
	return all, nil
}

// textsOf are leftovers as a person reads them.
func textsOf(all []record.Leftover) []string {
	var texts []string
	for _, l := range all {
		text := l.Kind + " " + l.Name
		if l.Key != "" {
			text += " key " + l.Key
		}
		if l.Holds != 0 {
			text += fmt.Sprintf(" (holds PID %d)", l.Holds)
		}
		texts = append(texts, strings.ReplaceAll(text, "\n", " "))
	}
	return texts
}

// pidFileOf is the pid file that names one of the processes that listened.
func pidFileOf(all []record.Leftover, listening map[int]string) string {
	for _, l := range all {
		if _, is := listening[l.Holds]; is && l.Holds != 0 && plainPath.MatchString(l.Name) {
			return l.Name
		}
	}
	return ""
}

// initBefore names the main process, if it is an init, a shell or a supervisor: those that listen have other PIDs and other names.
func (s *seen) initBefore(main int) string {
	if _, listens := s.listening[main]; listens || s.main == "" {
		return ""
	}
	for _, name := range s.listening {
		if name == s.main {
			return "" // its workers
		}
	}
	return s.main
}

// leftovers is the key of the target file.
func (r restart) leftovers() string {
	if r.daemon == "" {
		return fmt.Sprintf("leftovers: {pid: %d, cycles: %d}\n", r.pid, restarts)
	}
	return fmt.Sprintf("leftovers: {pid: %d, cycles: %d, daemon: %s} # %s starts the server, and this file names it\n", r.pid, restarts, r.daemon, record.Clean(r.before))
}
