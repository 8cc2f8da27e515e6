package spec

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"stalemate/reports/record"
)

// pollInterval is how often the log of another process is read.
const pollInterval = 100 * time.Millisecond

// errEnded is the error of a cell that has no judgement at the end of the run.
var errEnded = errors.New("the run ended before this cell was judged")

// follower reads judgements from the log of another process. In a parallel run (`ginkgo -p`), the first process carries out the
// plan, and every process asserts some cells.
type follower struct {
	path string

	mu      sync.Mutex
	judged  map[string]record.Judgement
	ended   error         // why no further judgement will come; nil while the run goes on
	changed chan struct{} // closed when judged or ended has changed
}

// follow reads the log at path in the background, until the run or ctx ends.
func follow(ctx context.Context, path string) *follower {
	f := &follower{path: path, judged: map[string]record.Judgement{}, changed: make(chan struct{})}
	go f.read(ctx)
	return f
}

// Result waits for a cell's judgement.
func (f *follower) Result(ctx context.Context, address string) (record.Judgement, error) {
	for {
		f.mu.Lock()
		j, ok := f.judged[address]
		ended, changed := f.ended, f.changed
		f.mu.Unlock()
		switch {
		case ok:
			return j, nil
		case ended != nil:
			return j, ended
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return j, fmt.Errorf("wait for cell %s: %w", address, ctx.Err())
		}
	}
}

// read reads the log line by line and waits for more at its end.
func (f *follower) read(ctx context.Context) {
	file, err := os.Open(f.path)
	if err != nil {
		f.end(fmt.Errorf("read the run's log: %w", err))
		return
	}
	defer file.Close()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var line []byte
	chunk := make([]byte, 1<<16)
	for {
		n, err := file.Read(chunk)
		line = append(line, chunk[:n]...)
		for {
			one, rest, whole := bytes.Cut(line, []byte("\n"))
			if !whole {
				break
			}
			line = rest
			if f.hear(one) {
				return
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			f.end(fmt.Errorf("read the run's log: %w", err))
			return
		}
		if n > 0 {
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			f.end(ctx.Err())
			return
		}
	}
}

// hear handles one line of the log, and says whether it is the last.
func (f *follower) hear(line []byte) (last bool) {
	var e record.Event
	if err := json.Unmarshal(line, &e); err != nil {
		f.end(fmt.Errorf("read the run's log: %w: %.200s", err, line))
		return true
	}
	switch {
	case e.Kind == record.RunEnded:
		f.end(errEnded)
		return true
	case e.Kind == record.CellJudged && e.Verdict != nil:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.judged[e.Cell] = *e.Verdict
		f.wake()
	}
	return false
}

// end records why no further judgement will come.
func (f *follower) end(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = why
	f.wake()
}

// wake wakes everyone who waits in Result. The caller holds the lock.
func (f *follower) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}
