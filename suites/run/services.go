package run

import (
	"context"
	"fmt"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// awaitServices waits until each service of a target answers a probe over the pod's network.
func awaitServices(ctx context.Context, p Server, t *target.Target) error {
	for _, s := range t.Services {
		if err := awaitService(ctx, p, t, s); err != nil {
			return err
		}
	}
	return nil
}

// awaitService waits for the answer of one service, or for its end.
func awaitService(ctx context.Context, p Server, t *target.Target, s target.Service) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	end := p.ServiceEnd(within, s.Name)
	probed := make(chan error, 1)
	var result wire.ProbeResult
	go func() {
		var err error
		result, err = Probe(within, p, serviceProbe(s))
		probed <- err
	}()
	select {
	case exit := <-end:
		cancel()
		<-probed
		return fmt.Errorf("service %s of target %s was not ready: its main process has ended with %s%s", s.Name, t.Name, exitStatus(exit), serviceLogEnd(ctx, p, s))
	case err := <-probed:
		if err != nil {
			return fmt.Errorf("service %s: %w", s.Name, err)
		}
	}
	if !result.OK {
		return fmt.Errorf("service %s of target %s was not ready within %s: port %d: %s (asked %d times)%s",
			s.Name, t.Name, s.Within, s.Port, result.Error, result.Attempts, serviceLogEnd(ctx, p, s))
	}
	return nil
}

// serviceLogEnd quotes the end of a service's log behind a message, "" where it cannot be read.
func serviceLogEnd(ctx context.Context, p Server, s target.Service) string {
	text, err := p.ServiceLogs(ctx, s.Name)
	if err != nil {
		return ""
	}
	return "; " + LogEnd(text)
}

// serviceProbe is a probe of a service: an HTTP request if the file names a path, else a TCP connection.
func serviceProbe(s target.Service) wire.ProbeRequest {
	service, listener := &target.Target{}, target.Listener{Port: s.Port, Proto: "tcp"}
	if s.Path != "" {
		service.Request, listener.Proto = target.Request{Host: s.Name, Path: s.Path}, "http"
	}
	probe := NewProbe(s.Name, service, listener)
	probe.Within = s.Within
	return probe
}
