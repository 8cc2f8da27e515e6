package pod

import (
	"bytes"
	"sync"
)

// headBuffer keeps the first maxOutput bytes, for the output of a command.
type headBuffer struct{ bytes.Buffer }

func (l *headBuffer) Write(data []byte) (int, error) {
	if room := maxOutput - l.Len(); room > 0 {
		l.Buffer.Write(data[:min(room, len(data))])
	}
	return len(data), nil
}

// tailBuffer keeps the last maxLog bytes, for a log.
type tailBuffer struct{ bytes.Buffer }

func (e *tailBuffer) Write(data []byte) (int, error) {
	n, err := e.Buffer.Write(data)
	if over := e.Len() - 2*maxLog; over > 0 {
		e.Next(e.Len() - maxLog)
	}
	return n, err
}

func (e *tailBuffer) String() string {
	data := e.Bytes()
	return string(data[max(0, len(data)-maxLog):])
}

// stderrBuffer keeps the first 4 KiB, for the error of a helper that fails.
type stderrBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *stderrBuffer) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := 4096 - l.b.Len(); room > 0 {
		l.b.Write(data[:min(room, len(data))])
	}
	return len(data), nil
}

func (l *stderrBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
