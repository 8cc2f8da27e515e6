package pod

import (
	"io"
	"sync"
)

// lineQueue is the input of a command. Read returns lines in the order of add, as soon as they are added.
type lineQueue struct {
	mu    sync.Mutex
	more  *sync.Cond
	lines []byte
	over  error // what Read returns after the last line; nil while add is allowed
	gone  error // why nobody reads any more
}

func newLineQueue() *lineQueue {
	q := &lineQueue{}
	q.more = sync.NewCond(&q.mu)
	return q
}

// add never waits. It fails after end and after abandon.
func (q *lineQueue) add(line []byte) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.gone != nil:
		return q.gone
	case q.over != nil:
		return io.ErrClosedPipe
	}
	q.lines = append(q.lines, line...)
	q.more.Broadcast()
	return nil
}

// end makes Read return io.EOF after the last line.
func (q *lineQueue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over = io.EOF
	q.more.Broadcast()
}

// abandon drops the unread lines. add fails with why from now on.
func (q *lineQueue) abandon(why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over, q.gone, q.lines = io.EOF, why, nil
	q.more.Broadcast()
}

// Read waits for a line or the end.
func (q *lineQueue) Read(to []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.lines) == 0 && q.over == nil {
		q.more.Wait()
	}
	if len(q.lines) == 0 {
		return 0, q.over
	}
	n := copy(to, q.lines)
	q.lines = q.lines[n:]
	return n, nil
}
