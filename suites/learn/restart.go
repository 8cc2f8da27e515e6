package learn

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"stalemate/containers/layer"
	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/campaign"
	"stalemate/suites/session"
)

const (
	restarts      = 2                // some faults show at every other start
	restartWithin = 20 * time.Second // from the start to an answer
)

// runDirs are where servers keep what is named after their PID.
var runDirs = []string{"/run", "/var/run", "/tmp", "/var/lock", "/var/tmp"}

// restart is what an unclean death and a start with the same PID came to.
type restart struct {
	pid    int
	failed string // why a start did not serve; "" where each did
	leaves []string
	number int // starts that were tried
}

// restartTwice kills the whole incarnation and starts it again with the same PID, twice.
func restartTwice(ctx context.Context, s *session.Session, p *pod.Pod, t *fixtures.Target, pid int, ports []port, hide mask) (restart, error) {
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
			r.failed += "; it said: " + said(ctx, p, hide)
			return r, err
		}
	}
	r.number--
	return r, nil
}

// serves asks every port as it was asked at first; it says what does not answer.
func serves(ctx context.Context, p *pod.Pod, t *fixtures.Target, ports []port) (string, error) {
	for _, one := range ports {
		ask := one.again(p.Address(), t)
		result, err := campaign.Probe(ctx, p, ask)
		if err != nil {
			return "", err
		}
		if !result.OK {
			return fmt.Sprintf("port %d did not answer within %s: %s", one.number, restartWithin, result.Error), nil
		}
	}
	return "", nil
}

// leftovers lists what the dead incarnation left in its layer and in the pod's IPC namespace.
func leftovers(ctx context.Context, s *session.Session, p *pod.Pod, t *fixtures.Target) ([]string, error) {
	all, err := layer.Changed(ctx, s.Engine.Client(), p.Names()[string(pod.Target)], runDirs...)
	if err != nil {
		return nil, err
	}
	request, err := json.Marshal(leftover.Request{Stamp: leftover.Stamp{Run: s.Run, Target: t.Name, Pod: p.Name(), When: leftover.After}, IPC: true})
	if err != nil {
		return nil, err
	}
	_, err = p.Exec(ctx, pod.Sandbox, []string{"pod", "leftovers", "list"}, bytes.NewReader(append(request, '\n')), func(line []byte) error {
		var e record.Event
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		if e.Leftover != nil {
			all = append(all, *e.Leftover)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
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
