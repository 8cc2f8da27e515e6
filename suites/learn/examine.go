package learn

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	ports     []port
	loopback  []inspect.Listener
	server    server
	restart   restart
	main      string         // the name of the main process; "" if it is not known
	listening map[int]string // the processes that listen, by PID
	given     bool           // the listeners are the person's
	paths     paths
	// oneAtATime says that a silent client keeps all others from being served.
	oneAtATime bool
}

// port is one port of the target, and what it speaks.
type port struct {
	number  int
	comm    string   // the process that listens
	tls     []string // versions that the server accepts; empty: plain
	http    bool
	status  int
	headers map[string][]string
	page    string // the beginning of the answer's body
	asked   string // the version of TLS of that answer; "": plain
	banner  bool   // the server sends the first byte
	product string // a server that its answers show, one of the names of servers
	upgrade *upgrade
	spoken  *spoken // nil: no protocol that stalemate knows
	error   string  // why its answer was not HTTP
}

// examine starts the target in the pod, and finds where it listens and what it speaks there. It returns the server's PID, too.
func examine(ctx context.Context, s *run.Session, p run.Server, t *target.Target, d *draft, o Options) (found *seen, pid int, err error) {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	start := pod.UpOptions{PID: forcedPID}
	if t.RestartAs == "bare" {
		start.PID = 0
	}
	incarnation, err := p.Up(ctx, start)
	if err != nil {
		return nil, 0, fmt.Errorf("start target %s: %w", t.Name, err)
	}
	listening, err := awaitListeners(ctx, listenWithin, func(ctx context.Context) ([]inspect.Listener, error) { return listeners(ctx, p, d.hide, o) })
	if errors.Is(err, errNobodyListens) {
		err = fmt.Errorf("%w within %s; %s", err, listenWithin, saidAndLacks(ctx, p, d.hide, o))
	}
	if err != nil {
		return nil, 0, fmt.Errorf("target %s: %w", t.Name, err)
	}
	found = &seen{given: d.has["listeners"], listening: map[int]string{}}
	if main, err := p.Main(ctx); err == nil {
		found.main = main.Comm
	}
	numbers := map[int]string{}
	for _, l := range listening {
		if l.Loopback() {
			found.loopback = append(found.loopback, l)
			continue
		}
		numbers[l.Port], found.listening[l.PID] = l.Comm, l.Comm
	}
	if err := choose(numbers, t, found, o); err != nil {
		return nil, 0, fmt.Errorf("target %s: %w", t.Name, err)
	}
	if err := found.askPorts(ctx, s, p, t, numbers); err != nil {
		return nil, 0, err
	}
	if running, exit, _, err := p.State(ctx); err == nil && !running {
		return nil, 0, fmt.Errorf("target %s: the server ended with status %d while stalemate asked its ports; %s", t.Name, exit, said(ctx, p, d.hide))
	}
	if err := named(found.ports, o); err != nil {
		return nil, 0, fmt.Errorf("target %s: %w", t.Name, err)
	}
	found.server = recognise(found.ports)
	return found, incarnation.PID, nil
}

// askPorts finds out what each port speaks, and what more the server shows of itself there.
func (s *seen) askPorts(ctx context.Context, session *run.Session, p run.Server, t *target.Target, names map[int]string) error {
	for i := range s.ports {
		one := &s.ports[i]
		one.comm = names[one.number]
		if err := one.ask(ctx, p, t); err != nil {
			return err
		}
		note(session, t.Name, "%s", one)
		if s.oneAtATime {
			continue
		}
		var err error
		if s.oneAtATime, err = servesOneAtATime(ctx, p, t, *one); err != nil {
			return err
		}
	}
	if i := slices.IndexFunc(s.ports, func(p port) bool { return p.http }); i >= 0 && !s.given {
		var err error
		s.paths, err = findPaths(ctx, p, t, s.ports[i])
		return err
	}
	return nil
}

// listeners lists what the target listens on. It fails if the target has ended.
func listeners(ctx context.Context, p run.Server, hide mask, o Options) ([]inspect.Listener, error) {
	now, err := run.Listeners(ctx, p)
	if running, exit, _, stateErr := p.State(context.WithoutCancel(ctx)); stateErr == nil && !running {
		return nil, fmt.Errorf("the server ended with status %d before it listened; %s", exit, saidAndLacks(ctx, p, hide, o))
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

func (p port) String() string {
	speaks := "TCP"
	switch {
	case p.http && len(p.tls) > 0:
		speaks = "HTTP over TLS " + strings.Join(p.tls, " and ")
	case p.http:
		speaks = "HTTP"
	case len(p.tls) > 0:
		speaks = "TLS " + strings.Join(p.tls, " and ")
	case p.spoken != nil:
		speaks = "TCP, as " + p.spoken.protocol + " does"
	case p.banner:
		speaks = "TCP, and sends the first byte"
	}
	return fmt.Sprintf("port %d (%s) speaks %s", p.number, p.comm, speaks)
}
