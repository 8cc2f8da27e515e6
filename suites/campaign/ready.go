package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"stalemate/attackers"
	"stalemate/containers/pod"
	"stalemate/fixtures"
)

// Ready waits until the target answers as its file says, asked over the pod's own
// network by a real exchange of its protocol.
func Ready(ctx context.Context, p *pod.Pod, t *fixtures.Target) error {
	i := slices.IndexFunc(t.Listeners, func(l fixtures.Listener) bool { return l.Name == t.Ready.Listener })
	if i < 0 {
		return fmt.Errorf("ready names the listener %q, which target %s does not have", t.Ready.Listener, t.Name)
	}
	l := t.Listeners[i]
	ask := attackers.ProbeRequest{
		Address: net.JoinHostPort(p.Address(), strconv.Itoa(l.Port)), Proto: probeProto(l.Proto),
		TLS: speakTLS(t, l), Preface: preface(l), Request: request(t),
		Expect: t.Ready.Status, Within: t.Ready.Within,
	}
	ask.Request.Path = t.Ready.Path
	result, err := Probe(ctx, p, ask)
	if err != nil {
		return err
	}
	if !result.OK {
		return fmt.Errorf("target %s was not ready within %s: listener %s, port %d: %s (asked %d times, got as far as %q)%s",
			t.Name, t.Ready.Within, l.Name, l.Port, result.Error, result.Attempts, result.Reached, why(ctx, p, result))
	}
	return nil
}

// why adds what is known of a target that is not ready: that its main process is
// gone (which a daemon's is, too), or that nothing listens where it was asked.
func why(ctx context.Context, p *pod.Pod, result attackers.ProbeResult) string {
	running, exit, _, err := p.State(ctx)
	switch {
	case err == nil && !running:
		return fmt.Sprintf("; its main process has ended with status %d: its log says why", exit)
	case strings.Contains(result.Error, "connection refused"):
		return "; nothing listens on that port of the pod's address: check the port, and that the server listens on every address and not on 127.0.0.1 alone"
	}
	return ""
}

// probeProto is what a probe calls a listener's protocol: TLS is asked for beside it.
func probeProto(proto string) string {
	if proto == "https" {
		return "http"
	}
	return proto
}

// Probe asks once, from the pod's attacker.
func Probe(ctx context.Context, p *pod.Pod, ask attackers.ProbeRequest) (attackers.ProbeResult, error) {
	var result attackers.ProbeResult
	question, err := json.Marshal(ask)
	if err != nil {
		return result, fmt.Errorf("write a probe: %w", err)
	}
	_, err = p.Exec(ctx, pod.Attacker, []string{"pod", "probe"}, bytes.NewReader(append(question, '\n')), func(line []byte) error {
		return json.Unmarshal(line, &result)
	})
	if err != nil {
		return result, fmt.Errorf("probe %s: %w", ask.Address, err)
	}
	return result, nil
}
