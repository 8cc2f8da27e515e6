package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Log writes the events of one run, a JSON object a line. It is safe for
// concurrent use. Each line leaves the process in one write before Write returns,
// so a harness that is killed loses nothing but the line that it was writing.
type Log struct {
	mu          sync.Mutex
	out         io.Writer
	closer      io.Closer
	run         string
	masks       *masks
	subscribers []func(Event)
	err         error
}

// NewLog writes to out, as the run of that name. The secrets never reach it: each
// is replaced by Hidden, wherever in a text it stands.
func NewLog(out io.Writer, run string, secrets []string) *Log {
	return &Log{out: out, run: run, masks: newMasks(secrets)}
}

// CreateLog starts a new log file, over an old one of that name. It makes the folder.
func CreateLog(path, run string, secrets []string) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of the event log: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create the event log: %w", err)
	}
	log := NewLog(file, run, secrets)
	log.closer = file
	return log, nil
}

// Subscribe calls hear for every event after this, in the order of the log and
// with secrets hidden. It must return at once, and must not call the log.
func (l *Log) Subscribe(hear func(Event)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subscribers = append(l.subscribers, hear)
}

// Write adds one event. An empty Run becomes the log's own, a T of 0 becomes now.
// The first error is kept, see Err, so that a caller in a hurry may ignore this one.
func (l *Log) Write(e Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Run == "" {
		e.Run = l.run
	}
	if e.T == 0 {
		e.T = Now()
	}
	err := l.write(e)
	if err != nil && l.err == nil {
		l.err = err
	}
	return err
}

func (l *Log) write(e Event) error {
	line, err := e.Line()
	if err != nil {
		return fmt.Errorf("write event %s of %s: %w", e.Kind, e.Cell, err)
	}
	if l.masks != nil {
		line = l.masks.line(line)
		e = Event{}
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("hide the secrets in an event: %w", err)
		}
	}
	if _, err := l.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write event %s of %s: %w", e.Kind, e.Cell, err)
	}
	for _, hear := range l.subscribers {
		hear(e)
	}
	return nil
}

// Err is the first error of any Write: a log that lacks an event must not pass for whole.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Close closes the file of CreateLog and returns the first error of the log's life.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closer == nil {
		return l.err
	}
	err := l.closer.Close()
	l.closer = nil
	return errors.Join(l.err, err)
}
