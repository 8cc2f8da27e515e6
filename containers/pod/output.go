package pod

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"time"
)

// eachLine calls line for each line of in, the last one without a newline included.
func eachLine(in io.Reader, line func([]byte) error) error {
	if line == nil {
		line = func([]byte) error { return nil }
	}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scanner.Scan() {
		if err := line(scanner.Bytes()); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// pollEvery is the time between two questions to the engine, which answers in 2 ms.
const pollEvery = 5 * time.Millisecond

// poll asks until it is done, fails or ctx ends.
func poll(ctx context.Context, ask func() (done bool, err error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// limited keeps the first maxOutput bytes.
type limited struct{ bytes.Buffer }

func (l *limited) Write(data []byte) (int, error) {
	if room := maxOutput - l.Len(); room > 0 {
		l.Buffer.Write(data[:min(room, len(data))])
	}
	return len(data), nil
}
