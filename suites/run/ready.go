package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// Ready waits until the target answers a probe over the pod's network as its file says. The probe speaks the target's protocol.
func Ready(ctx context.Context, p Server, t *target.Target) error {
	i := slices.IndexFunc(t.Listeners, func(l target.Listener) bool { return l.Name == t.Ready.Listener })
	if i < 0 {
		return fmt.Errorf("ready names the listener %q, which target %s does not have", t.Ready.Listener, t.Name)
	}
	l := t.Listeners[i]
	probe := NewProbe(p.Address(), t, l)
	probe.Expect, probe.Within = t.Ready.Status, t.Ready.Within
	probe.Request.Path = t.Ready.Path
	result, ended, err := ProbeTarget(ctx, p, probe)
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
