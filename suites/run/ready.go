package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/containers/inspect"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// tellNotReadyEvery is how often the log says that a target is not ready yet, where the reason is always the same.
const tellNotReadyEvery = time.Minute

// Ready waits until the target answers a probe over the pod's network as its file says. The probe speaks the target's protocol. While
// it waits, it emits why the target is not ready yet.
func Ready(ctx context.Context, p Server, t *target.Target, emit func(record.Event)) error {
	i := slices.IndexFunc(t.Listeners, func(l target.Listener) bool { return l.Name == t.Ready.Listener })
	if i < 0 {
		return fmt.Errorf("ready names the listener %q, which target %s does not have", t.Ready.Listener, t.Name)
	}
	l := t.Listeners[i]
	probe := NewProbe(p.Address(), t, l)
	probe.Expect, probe.Within = t.Ready.Status, t.Ready.Within
	probe.Request.Path, probe.TellEvery = t.Ready.Path, tellNotReadyEvery
	result, ended, err := probeTarget(ctx, p, probe, func(r wire.ProbeResult) {
		if !r.OK {
			emit(record.Event{Kind: record.TargetNotReady, Note: notReady(r)})
		}
	})
	switch {
	case err != nil:
		return err
	case ended != "":
		end := logEnd(ctx, p)
		_, exit, _, err := p.State(ctx)
		if err != nil {
			exit = -1 // not known
		}
		return fmt.Errorf("target %s was not ready: %s; listener %s, port %d: %s%s%s", t.Name, ended, l.Name, l.Port, result.Error, end, endedStep(exit, end))
	case result.OK && speaksTLS(result):
		return fmt.Errorf("target %s: listener %s, port %d, answered status %d%s", t.Name, l.Name, l.Port, result.Status, nextStep(l, result, nil))
	case !result.OK:
		return fmt.Errorf("target %s was not ready within %s: listener %s, port %d: %s (asked %d times, got as far as %q)%s",
			t.Name, t.Ready.Within, l.Name, l.Port, result.Error, result.Attempts, result.Reached, nextStep(l, result, listeningSockets(ctx, p)))
	}
	return nil
}

// notReady is why a target did not answer a probe, in a few words.
func notReady(r wire.ProbeResult) string {
	switch words, known := map[string]string{"refused": "connection refused", "timeout": "no answer in time", "reset": "the connection was reset",
		"eof": "the connection was closed without an answer", "tls": "the TLS handshake failed"}[r.ErrorClass]; {
	case r.Status != 0:
		return fmt.Sprintf("status %d", r.Status)
	case known:
		return words
	}
	return "no proper answer"
}

// listeningSockets lists what listens in the pod; nil if that is not known.
func listeningSockets(ctx context.Context, p Server) []inspect.Listener {
	all, err := Listeners(ctx, p)
	if err != nil {
		return nil // the message then says less
	}
	return append([]inspect.Listener{}, all...)
}

// Probe sends one probe from the pod's attacker.
func Probe(ctx context.Context, p pod.Runner, probe wire.ProbeRequest) (wire.ProbeResult, error) {
	result, err := pod.Ask[wire.ProbeResult](ctx, p, pod.Attacker, wire.CommandProbe, probe)
	if err != nil {
		return result, fmt.Errorf("probe %s: %w", probe.Address, err)
	}
	return result, nil
}
