package learn

import (
	"context"
	"fmt"
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
	number int // number of starts
}

// restartTwice kills all processes of the server and starts it again with the same PID, twice.
func restartTwice(ctx context.Context, s *run.Session, p run.Server, t *target.Target, pid int, ports []port, hide mask) (restart, error) {
	r := restart{pid: pid}
	for r.number = 1; r.number <= restarts; r.number++ {
		if err := p.Kill(ctx); err != nil {
			return r, err
		}
		left, err := leftovers(ctx, s, p, t)
		if err != nil {
			return r, fmt.Errorf("list what target %s left behind: %w", t.Name, err)
		}
		r.leaves = left
		again := pod.UpOptions{PID: pid}
		if t.RestartAs == "bare" {
			again.PID = 0
		}
		if _, err := p.Up(ctx, again); err != nil {
			return r, fmt.Errorf("start target %s again as PID %d: %w", t.Name, pid, err)
		}
		if r.failed, err = serves(ctx, p, t, ports); err != nil || r.failed != "" {
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
func leftovers(ctx context.Context, s *run.Session, p run.Server, t *target.Target) ([]string, error) {
	all, err := layer.Changed(ctx, s.Engine.Client(), p.Names()[string(pod.Target)], runDirs...)
	if err != nil {
		return nil, err
	}
	more, err := p.Leftovers(ctx, pod.Witness, leftover.ToList, leftover.Request{IPC: true})
	if err != nil {
		return nil, err
	}
	all = append(all, more...)
	var texts []string
	for _, l := range all {
		if l.Kind == leftover.Directory {
			continue
		}
		l.When = leftover.After
		_ = s.Log.Write(record.Event{Kind: record.LeftoverSeen, Target: t.Name, Pod: p.Name(), Leftover: &l}) // the log keeps its error
		text := l.Kind + " " + l.Name
		if l.Key != "" {
			text += " key " + l.Key
		}
		if l.Holds != 0 {
			text += fmt.Sprintf(" (holds PID %d)", l.Holds)
		}
		texts = append(texts, strings.ReplaceAll(text, "\n", " "))
	}
	return texts, nil
}
