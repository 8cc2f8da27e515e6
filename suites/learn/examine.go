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
	"stalemate/fixtures"
	"stalemate/suites/campaign"
	"stalemate/suites/session"
)

const (
	listenWithin = 30 * time.Second       // from the start to the first socket that listens
	listenPace   = 250 * time.Millisecond // between two looks
	listenCalm   = 4                      // looks in a row at the same sockets: no more are coming
	askWithin    = 5 * time.Second        // one exchange with a port
	bannerWithin = 3 * time.Second        // for a server that speaks first
	forcedPID    = 4242                   // of every incarnation while learning
)

// seen is what the target showed of itself before anything was held.
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
	tls     []string // versions that it took, none: plain
	http    bool
	status  int
	headers map[string][]string
	asked   string // the version of TLS over which it gave its answer, none: plain
	banner  bool   // it speaks first
	error   string // why its answer was not HTTP
}

// examine starts the target once, looks where it listens, asks there, and lets it die and start again.
func examine(ctx context.Context, s *session.Session, t *fixtures.Target, d *draft, o Options) (*seen, error) {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	p, err := s.Campaign.Alone(ctx, t, t.Name+"-look")
	if p != nil {
		defer p.Close(ctx) // what it cannot remove, the reaper does
	}
	if err != nil {
		return nil, fmt.Errorf("start %s to look at it: %w", t.Name, err)
	}
	start := pod.UpOptions{PID: forcedPID}
	if t.RestartAs == "bare" {
		start.PID = 0
	}
	incarnation, err := p.Up(ctx, start)
	if err != nil {
		return nil, fmt.Errorf("start %s to look at it: %w", t.Name, err)
	}
	listening, err := awaitListeners(ctx, listenWithin, func(ctx context.Context) ([]inspect.Listener, error) { return look(ctx, p, d.hide) })
	if errors.Is(err, errNobodyListens) {
		err = fmt.Errorf("%w within %s; it said: %s", err, listenWithin, said(ctx, p, d.hide))
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
	if err := named(found.ports, o); err != nil {
		return nil, fmt.Errorf("target %s: %w", t.Name, err)
	}
	found.server = recognise(found.ports)
	found.restart, err = restartTwice(ctx, s, p, t, incarnation.PID, found.ports, d.hide)
	return found, err
}

// look lists what the target listens on. It fails where the target is no more.
func look(ctx context.Context, p *pod.Pod, hide mask) ([]inspect.Listener, error) {
	now, err := campaign.Listeners(ctx, p)
	if running, exit, _, stateErr := p.State(context.WithoutCancel(ctx)); stateErr == nil && !running {
		return nil, fmt.Errorf("it ended with status %d before it listened; it said: %s", exit, said(ctx, p, hide))
	}
	// What services of the engine listen on is not the target's: it has no process in the pod.
	return slices.DeleteFunc(now, func(l inspect.Listener) bool { return l.PID == 0 }), err
}

var errNobodyListens = errors.New("nothing listened")

// awaitListeners looks until something listens and nothing more comes, or the time is over.
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

// said is the end of what the target wrote since it was started last.
func said(ctx context.Context, p *pod.Pod, hide mask) string {
	text, _ := p.Logs(context.WithoutCancel(ctx)) // adds nothing where it cannot be read
	return lastLines(text, hide)
}

// lastLines is the end of a log, for a message. Secrets are hidden first: half of one would be known no more.
func lastLines(text string, hide mask) string {
	const most = 600
	text = strings.TrimSpace(hide(text))
	if text == "" {
		return "nothing"
	}
	return text[max(0, len(text)-most):]
}

// choose picks the ports to learn: those named, else those of the given listeners, else all that a peer can reach.
func choose(reachable map[int]string, t *fixtures.Target, found *seen, o Options) error {
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
			return fmt.Errorf("nothing that a peer can reach listens on port %d (%s)", number, listing(reachable, found.loopback))
		}
		found.ports = append(found.ports, port{number: number})
	}
	if len(found.ports) == 0 {
		return fmt.Errorf("nothing that a peer can reach listens (%s)", listing(reachable, found.loopback))
	}
	return nil
}

func listing(reachable map[int]string, loopback []inspect.Listener) string {
	var parts []string
	for number, comm := range reachable {
		parts = append(parts, fmt.Sprintf("%s on %d", comm, number))
	}
	for _, l := range loopback {
		parts = append(parts, fmt.Sprintf("%s on the loopback only, %s", l.Comm, net.JoinHostPort(l.Address, strconv.Itoa(l.Port))))
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return "nothing listens at all"
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
		speaks = "TCP, and speaks first"
	}
	return fmt.Sprintf("port %d (%s) speaks %s", p.number, p.comm, speaks)
}

// named checks what the command line said of ports.
func named(ports []port, o Options) error {
	var wrong []error
	for _, p := range ports {
		switch {
		case slices.Contains(o.HTTPS, p.number) && (len(p.tls) == 0 || !p.http):
			wrong = append(wrong, fmt.Errorf("--https %d: it does not speak HTTP over TLS there: %s%s", p.number, p, p.butWhy()))
		case slices.Contains(o.HTTP, p.number) && (len(p.tls) > 0 || !p.http):
			wrong = append(wrong, fmt.Errorf("--http %d: it does not speak plain HTTP there: %s%s", p.number, p, p.butWhy()))
		}
	}
	return errors.Join(wrong...)
}

func (p port) butWhy() string {
	if p.error == "" {
		return ""
	}
	return ", and asked for HTTP: " + p.error
}
