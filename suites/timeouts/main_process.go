package timeouts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
)

// engineWithin bounds a question to the engine about the target.
const engineWithin = 10 * time.Second

// followMain has the inspector tell how the target's main process ends.
func (h *holding) followMain() error {
	if err := h.inspector.Send(inspect.Command{Main: &inspect.Main{PID: h.Incarnation().PID}}); err != nil {
		return fmt.Errorf("follow the main process of target %s: %w", h.Unit.Target.Name, err)
	}
	return nil
}

// inspectorEnded takes in that the inspector has ended before the holds. A main process that is PID 1 takes the inspector with
// it, and only the engine can tell how it ended.
func (h *holding) inspectorEnded(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, engineWithin)
	defer cancel()
	running, exit, _, err := h.State(ctx)
	switch {
	case err != nil:
		h.Emit(record.Event{Kind: record.Observed, Note: "whether the main process still runs", Error: err.Error()})
	case !running && h.tracker.mainEnd() == nil:
		end := record.ProcessEnd{PID: h.Incarnation().PID, Main: true, Ended: h.tracker.now(), SeenT: h.tracker.inspectorHeard(), Status: &exit}
		h.hear(record.Event{T: end.Ended, Kind: record.ProcessEnded, Ended: &end})
	}
	h.tracker.abandon(h.inspector.Err().Error())
}

// mainEnded is the error of a pod whose main process ended under its holds; nil if it lives.
func (h *holding) mainEnded() error {
	if end := h.tracker.mainEnd(); end != nil {
		return fmt.Errorf("target %s: %s while its connections were held", h.Unit.Target.Name, end)
	}
	return nil
}

// mainEnd is how the main process ended; nil if it lives.
func (t *tracker) mainEnd() *record.ProcessEnd {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.main
}

// inspectorHeard is the time of the inspector's last event about a hold: the main process still ran.
func (t *tracker) inspectorHeard() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := int64(0)
	for _, h := range t.holds {
		last = max(last, h.Proven, h.WorkerFreed)
	}
	return last
}

// addLog adds the end of the target's log to the judgement of a crash.
func (h *holding) addLog(j *record.Judgement) {
	if j.Verdict != record.Crashed {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineWithin)
	defer cancel()
	text, err := h.Logs(ctx)
	if err != nil {
		j.Evidence = append(j.Evidence, fmt.Sprintf("the target's log could not be read: %v", err))
		return
	}
	for _, line := range lastLines(text) {
		j.Evidence = append(j.Evidence, "log: "+line)
	}
}

// Bounds of what a judgement quotes from a log.
const (
	quotedLines = 5
	quotedBytes = 300 // of each line
)

// lastLines are the last lines of a log that are not blank.
func lastLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, fmt.Sprintf("%.*s", quotedBytes, line))
		}
	}
	return lines[max(0, len(lines)-quotedLines):]
}
