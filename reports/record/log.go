package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Log writes the events of one run, a JSON object a line. It is safe for
// concurrent use. Each line leaves the process in one write before Write returns,
// so a harness that is killed loses nothing but the line that it was writing.
type Log struct {
	mu          sync.Mutex
	out         io.Writer
	file        *logFile // nil: the caller closes what it is written to
	run         string
	masks       *masks
	subscribers []func(Event)
	err         error
}

// NewLog writes to out, as the run of that name. The secrets never reach it: each
// is replaced by Hidden, also inside a longer text.
func NewLog(out io.Writer, run string, secrets []string) *Log {
	return &Log{out: out, run: run, masks: newMasks(secrets)}
}

// CreateLog starts a log for path. Until Publish the file has another name in the same folder, so a run
// that does not begin leaves an older log as it is. CreateLog makes the folder and locks it until
// Close: see ErrInUse.
func CreateLog(path, run string, secrets []string) (*Log, error) {
	file, err := openLogFile(path)
	if err != nil {
		return nil, err
	}
	log := NewLog(&whole{file: file.file}, run, secrets)
	log.file = file
	return log, nil
}

// Publish puts a log of CreateLog at its path, over an older one. It does nothing where it is there.
func (l *Log) Publish() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.publish()
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
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write event %s of %s: %w", e.Kind, e.Cell, err)
	}
	if l.masks != nil || len(line) > LongestText {
		line = shortTexts(l.masks.line(line), LongestText) // in this order: half a secret would not be recognised
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

// Close closes the file of CreateLog, which is gone then unless it was published, and
// returns the first error of the log's life.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return l.err
	}
	err := l.file.Close()
	l.file = nil
	return errors.Join(l.err, err)
}
