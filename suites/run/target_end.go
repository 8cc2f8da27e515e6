package run

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
)

// untilEnd calls f, and cuts it short when the target's main process ends. The error then says how it ended.
func untilEnd(ctx context.Context, p Server, f func(context.Context) error) error {
	over, err := whileRuns(ctx, p, f)
	if !over || err == nil || ctx.Err() != nil {
		return err
	}
	if ended := endOf(ctx, p); ended != "" {
		return fmt.Errorf("%s meanwhile: %w%s", ended, err, logEnd(ctx, p))
	}
	return err
}

// whileRuns calls wait with a context that ends when the target's main process ends, and says whether it ended.
func whileRuns(ctx context.Context, p Server, wait func(context.Context) error) (ended bool, err error) {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	over, watched := false, make(chan struct{})
	go func() {
		defer close(watched)
		// An error says that the engine cannot tell. Then only the wait's own time bounds it.
		if over = <-p.End(within) == nil; over {
			cancel()
		}
	}()
	err = wait(within)
	cancel()
	<-watched
	return over, err
}

// ProbeTarget sends probes to the target from the pod's attacker, as [Probe] does, until the target's main process ends. ended
// says how it ended; it is "" if the target answered or runs.
func ProbeTarget(ctx context.Context, p Server, probe wire.ProbeRequest) (result wire.ProbeResult, ended string, err error) {
	return probeTarget(ctx, p, probe, func(wire.ProbeResult) {})
}

// probeTarget is ProbeTarget. It gives each result to hear, the last one too.
func probeTarget(ctx context.Context, p Server, probe wire.ProbeRequest, hear func(wire.ProbeResult)) (result wire.ProbeResult, ended string, err error) {
	over, err := whileRuns(ctx, p, func(ctx context.Context) error {
		err := pod.AskEach(ctx, p, pod.Attacker, wire.CommandProbe, probe, func(one wire.ProbeResult) error {
			result = one
			hear(one)
			return nil
		})
		if err != nil {
			return fmt.Errorf("probe %s: %w", probe.Address, err)
		}
		return nil
	})
	if !over || err == nil && result.OK || ctx.Err() != nil {
		return result, "", err
	}
	// The answer may have been cut short. An engine kills the daemons of a container whose main process has ended, so that
	// nothing is served any more.
	probe.Within, probe.TellEvery = 0, 0
	if result, err = Probe(ctx, p, probe); err != nil || result.OK {
		return result, "", err
	}
	return result, endOf(ctx, p), nil
}

// endOf says how the target's main process ended; "" if it runs, or if the engine does not tell.
func endOf(ctx context.Context, p Server) string {
	running, exit, _, err := p.State(ctx)
	if err != nil || running {
		return ""
	}
	return "its main process has ended with " + exitStatus(exit)
}

// logEnd quotes the end of the target's log behind a message, "" where it cannot be read.
func logEnd(ctx context.Context, p Server) string {
	text, err := p.Logs(ctx)
	if err != nil {
		return ""
	}
	return "; " + LogEnd(text)
}

// exitStatus names the signal of a status as an engine gives it: 128 and the number of the signal that ended the process.
func exitStatus(exit int) string {
	if name := unix.SignalName(unix.Signal(exit - 128)); exit > 128 && name != "" {
		return fmt.Sprintf("status %d (%s)", exit, name)
	}
	return fmt.Sprintf("status %d", exit)
}

const (
	shownLines = 8   // of a log's end, in a message
	shownBytes = 600 // of these lines
)

// LogEnd quotes the last lines of a log in a message. Only whole lines are quoted, since a part of a secret would not be hidden.
func LogEnd(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	size, first := 0, len(lines)
	for first > max(0, len(lines)-shownLines) && size+len(lines[first-1]) <= shownBytes {
		first--
		size += len(lines[first])
	}
	switch {
	case size == 0 && len(lines[len(lines)-1]) == 0:
		return "its log is empty"
	case first == len(lines):
		return fmt.Sprintf("the last line of its log has %d bytes: see the whole log", len(lines[first-1]))
	}
	return "its log ends: " + strings.Join(lines[first:], "\n")
}
