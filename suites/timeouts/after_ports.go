package timeouts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// portsWithin bounds one look at the sockets of the target's ports.
const portsWithin = 10 * time.Second

// ports are the ports of a target, as an inspector in its pod sees them.
type ports struct {
	numbers   []int
	inspector *pod.Conversation
	answers   chan []record.Port // nil: the inspector could not list them
}

func newPorts(t *target.Target) *ports {
	p := &ports{answers: make(chan []record.Port, 1)}
	for _, l := range t.Listeners {
		if !slices.Contains(p.numbers, l.Port) {
			p.numbers = append(p.numbers, l.Port)
		}
	}
	return p
}

// hear takes in what an inspector says of the ports, which does nothing else.
func (p *ports) hear(e record.Event) {
	if e.Ports == nil && e.Error == "" {
		return
	}
	select {
	case p.answers <- e.Ports:
	default: // an answer to nobody: look ended before
	}
}

// look lists the sockets of the ports.
func (p *ports) look(ctx context.Context) ([]record.Port, error) {
	ctx, cancel := context.WithTimeout(ctx, portsWithin)
	defer cancel()
	if err := p.inspector.Send(inspect.Command{Ports: &inspect.Ports{Ports: p.numbers}}); err != nil {
		return nil, err
	}
	select {
	case all := <-p.answers:
		if all == nil {
			return nil, fmt.Errorf("the inspector cannot list the sockets of ports %v", p.numbers)
		}
		return all, nil
	case <-p.inspector.Done():
		return nil, p.inspector.Err()
	case <-ctx.Done():
		return nil, fmt.Errorf("list the sockets of ports %v: %w", p.numbers, ctx.Err())
	}
}

// starved is for how long the processes that listen at one of the ports got no processor, in seconds.
func starved(all []record.Port) float64 {
	longest := 0.0
	for _, p := range all {
		longest = max(longest, p.Starved)
	}
	return longest
}

// comparePorts says what has become of the ports since before the holds. A server is the same if one process listens that
// listened before: a pool may replace the others.
func comparePorts(before, now []record.Port) []verdict.AfterPort {
	var all []verdict.AfterPort
	for _, p := range now {
		port := verdict.AfterPort{Port: p.Port, Left: p.Left}
		i := slices.IndexFunc(before, func(was record.Port) bool { return was.Port == p.Port })
		if i >= 0 && len(before[i].Processes) > 0 && len(p.Processes) > 0 &&
			!slices.ContainsFunc(p.Processes, func(one record.PortProcess) bool { return slices.Contains(before[i].Processes, one) }) {
			port.Before, port.Now = name(before[i].Processes[0]), name(p.Processes[0])
		}
		all = append(all, port)
	}
	return all
}

func name(p record.PortProcess) string { return fmt.Sprintf("PID %d (%s)", p.PID, p.Comm) }
