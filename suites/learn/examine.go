package learn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/suites/run"
)

const (
	listenWithin = 30 * time.Second       // from the start to the first socket that listens
	listenPace   = 250 * time.Millisecond // between two looks
	listenCalm   = 4                      // looks in a row that see the same sockets
	askWithin    = 5 * time.Second        // one exchange with a port
	bannerWithin = 3 * time.Second        // for a server that speaks first
	forcedPID    = 4242                   // of every incarnation while learning
)

// seen is what stalemate saw of the target before it held anything.
type seen struct {
	ports    []port
	loopback []inspect.Listener
	server   server
	restart  restart
	given    bool // the listeners are the person's
}

// port is one port of the target, and what it speaks.
type port struct {
	number  int
	comm    string   // the process that listens
	tls     []string // versions that the server accepts; empty: plain
	http    bool
	status  int
	headers map[string][]string
	asked   string // the version of TLS of that answer; "": plain
	banner  bool   // the server sends the first byte
	error   string // why its answer was not HTTP
}

// examine starts the target, finds where it listens and what it speaks there, then kills it and starts it again.
func examine(ctx context.Context, s *run.Session, t *target.Target, d *draft, o Options) (*seen, error) {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	p, err := s.Execution.StartSinglePod(ctx, t, t.Name+"-look")
	if p != nil {
		defer p.Close(ctx) // the reaper removes what this cannot
	}
	if err != nil {
		return nil, fmt.Errorf("start target %s: %w", t.Name, err)
	}
	start := pod.UpOptions{PID: forcedPID}
	if t.RestartAs == "bare" {
		start.PID = 0
	}
	incarnation, err := p.Up(ctx, start)
	if err != nil {
		return nil, fmt.Errorf("start target %s: %w", t.Name, err)
	}
	listening, err := awaitListeners(ctx, listenWithin, func(ctx context.Context) ([]inspect.Listener, error) { return look(ctx, p, d.hide) })
	if errors.Is(err, errNobodyListens) {
		err = fmt.Errorf("%w within %s; %s", err, listenWithin, said(ctx, p, d.hide))
	}
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	found := &seen{given: d.has["listeners"]}
	numbers := map[int]string{}
	for _, l := range listening {
		if l.Loopback() {
			found.loopback = append(found.loopback, l)
			continue
		}
		numbers[l.Port] = l.Comm
	}
	if err := choose(numbers, t, found, o); err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	for i := range found.ports {
		found.ports[i].comm = numbers[found.ports[i].number]
		if err := found.ports[i].ask(ctx, p, t); err != nil {
			return nil, err
		}
		note(s, t.Name, "%s", found.ports[i])
	}
	if running, exit, _, err := p.State(ctx); err == nil && !running {
		return nil, fmt.Errorf("target %s: the server ended with status %d while stalemate asked its ports; %s", t.Name, exit, said(ctx, p, d.hide))
	}
	if err := named(found.ports, o); err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	found.server = recognise(found.ports)
	found.restart, err = restartTwice(ctx, s, p, t, incarnation.PID, found.ports, d.hide)
	return found, err
}

// look lists what the target listens on. It fails if the target has ended.
func look(ctx context.Context, p run.Server, hide mask) ([]inspect.Listener, error) {
	now, err := run.Listeners(ctx, p)
	if running, exit, _, stateErr := p.State(context.WithoutCancel(ctx)); stateErr == nil && !running {
		return nil, fmt.Errorf("the server ended with status %d before it listened; %s", exit, said(ctx, p, hide))
	}
	// A listener without a process in the pod is the engine's, not the target's.
	return slices.DeleteFunc(now, func(l inspect.Listener) bool { return l.PID == 0 }), err
}

var errNobodyListens = errors.New("the server listened on no port")

// awaitListeners looks until the list of listeners is not empty and stays the same, or the time is over.
func awaitListeners(ctx context.Context, within time.Duration, look func(context.Context) ([]inspect.Listener, error)) ([]inspect.Listener, error) {
	looking, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(listenPace)
	defer tick.Stop()
	var before []inspect.Listener
	calm := 0
	for {
		now, err := look(looking)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case looking.Err() != nil && err != nil: // the end of the time cut the look short
			now = before
		case err != nil:
			return nil, err
		}
		if len(now) > 0 && slices.Equal(now, before) {
			if calm++; calm == listenCalm {
				return now, nil
			}
		} else {
			calm = 0
		}
		before = now
		select {
		case <-tick.C:
		case <-looking.Done():
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if len(now) == 0 {
				return nil, errNobodyListens
			}
			return now, nil
		}
	}
}

// choose picks the ports to learn: those named, else those of the given listeners, else all that a peer can reach.
func choose(reachable map[int]string, t *target.Target, found *seen, o Options) error {
	var wanted []int
	switch {
	case len(o.HTTP)+len(o.HTTPS) > 0:
		wanted = slices.Concat(o.HTTP, o.HTTPS)
	case found.given:
		for _, l := range t.Listeners {
			wanted = append(wanted, l.Port)
		}
	default:
		for number := range reachable {
			wanted = append(wanted, number)
		}
	}
	slices.Sort(wanted)
	for _, number := range slices.Compact(wanted) {
		if _, ok := reachable[number]; !ok {
			return fmt.Errorf("no client can reach port %d (open ports: %s)", number, listing(reachable, found.loopback))
		}
		found.ports = append(found.ports, port{number: number})
	}
	if len(found.ports) == 0 {
		return fmt.Errorf("no client can reach the server (open ports: %s)", listing(reachable, found.loopback))
	}
	return nil
}

func listing(reachable map[int]string, loopback []inspect.Listener) string {
	var parts []string
	for number, comm := range reachable {
		parts = append(parts, fmt.Sprintf("%s on %d", comm, number))
	}
	for _, l := range loopback {
		parts = append(parts, fmt.Sprintf("%s on %s, loopback only", l.Comm, net.JoinHostPort(l.Address, strconv.Itoa(l.Port))))
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func (p port) String() string {
	speaks := "TCP"
	switch {
	case p.http && len(p.tls) > 0:
		speaks = "HTTP over TLS " + strings.Join(p.tls, " and ")
	case p.http:
		speaks = "HTTP"
	case len(p.tls) > 0:
		speaks = "TLS " + strings.Join(p.tls, " and ")
	case p.banner:
		speaks = "TCP, and sends the first byte"
	}
	return fmt.Sprintf("port %d (%s) speaks %s", p.number, p.comm, speaks)
}

// named checks the ports of the command line.
func named(ports []port, o Options) error {
	var wrong []error
	for _, p := range ports {
		switch {
		case slices.Contains(o.HTTPS, p.number) && (len(p.tls) == 0 || !p.http):
			wrong = append(wrong, fmt.Errorf("--https %d: the server does not speak HTTP over TLS there: %s%s", p.number, p, p.butWhy()))
		case slices.Contains(o.HTTP, p.number) && (len(p.tls) > 0 || !p.http):
			wrong = append(wrong, fmt.Errorf("--http %d: the server does not speak plain HTTP there: %s%s", p.number, p, p.butWhy()))
		}
	}
	return errors.Join(wrong...)
}

func (p port) butWhy() string {
	if p.error == "" {
		return ""
	}
	return "; an HTTP request failed: " + p.error
}
