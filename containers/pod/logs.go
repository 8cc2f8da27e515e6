// Logs are read with moby's raw client: testcontainers-go's Logs (v0.45) has no start time, and a container's log also has the
// lines of earlier incarnations.

package pod

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// maxLog bounds a log, in bytes. The end of the log is kept.
const maxLog = 1 << 20

// Logs is what the present incarnation wrote to stdout and stderr, the last 1 MiB of it.
func (p *Pod) Logs(ctx context.Context) (string, error) {
	p.mu.Lock()
	since := p.since
	p.mu.Unlock()
	return p.logs(ctx, p.id(Target), client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Since: since})
}

// ServiceLogs is what a service wrote to stdout and stderr, the last 1 MiB of it.
func (p *Pod) ServiceLogs(ctx context.Context, name string) (string, error) {
	p.mu.Lock()
	id, ok := p.services[name]
	p.mu.Unlock()
	if !ok {
		return "", fmt.Errorf("pod %s has no service %s", p.spec.Name, name)
	}
	return p.logs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true})
}

func (p *Pod) logs(ctx context.Context, id string, options client.ContainerLogsOptions) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	body, err := p.engine.Client().ContainerLogs(ctx, id, options)
	if err != nil {
		return "", fmt.Errorf("read the log of container %.12s: %w", id, err)
	}
	defer body.Close()
	var out tailBuffer
	if _, err := stdcopy.StdCopy(&out, &out, body); err != nil {
		return out.String(), errors.Join(fmt.Errorf("read the log of container %.12s: %w", id, err))
	}
	return out.String(), nil
}

// lastLogTime is the engine's time 1 ns after the target's last log line, "" if it has logged nothing.
func (p *Pod) lastLogTime(ctx context.Context) (string, error) {
	text, err := p.logs(ctx, p.id(Target), client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Timestamps: true, Tail: "1",
	})
	if err != nil {
		return "", err
	}
	stamp, _, _ := strings.Cut(text, " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return "", nil // nothing logged
	}
	at = at.Add(time.Nanosecond)
	return fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond()), nil
}
