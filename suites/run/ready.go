package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
		return fmt.Errorf("target %s was not ready: %s; listener %s, port %d: %s%s", t.Name, ended, l.Name, l.Port, result.Error, logEnd(ctx, p))
	case !result.OK:
		return fmt.Errorf("target %s was not ready within %s: listener %s, port %d: %s (asked %d times, got as far as %q)%s",
			t.Name, t.Ready.Within, l.Name, l.Port, result.Error, result.Attempts, result.Reached, diagnose(result))
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

// diagnose says why a running target is not ready: nothing listens on the probed port. It returns "" for any other cause.
func diagnose(result wire.ProbeResult) string {
	if strings.Contains(result.Error, "connection refused") {
		return "; nothing listens on that port of the pod's address: check the port, and that the server listens on every address and not on 127.0.0.1 alone"
	}
	return ""
}

// Probe sends one probe from the pod's attacker.
func Probe(ctx context.Context, p pod.Runner, probe wire.ProbeRequest) (wire.ProbeResult, error) {
	result, err := pod.Ask[wire.ProbeResult](ctx, p, pod.Attacker, wire.CommandProbe, probe)
	if err != nil {
		return result, fmt.Errorf("probe %s: %w", probe.Address, err)
	}
	return result, nil
}
