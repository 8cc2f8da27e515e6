package pod

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds a line from a container, in bytes. The longest event has a few kilobytes. The target can attack a helper in
// its namespace, so a line may never end.
const maxLine = 16 << 20

// transport connects in and out to the input and output of a process, until the process or ctx ends. It returns nil if the
// process succeeded.
type transport func(ctx context.Context, in io.Reader, out io.Writer) error

// readAnswers parses each line of a process as JSON, and calls hear with it. If hear fails, or a line is not an answer, it ends
// the process. It returns when the process has ended and hear has had every answer.
func readAnswers[Answer any](ctx context.Context, process transport, in io.Reader, hear func(Answer) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	reader, writer := io.Pipe()
	heard := make(chan error, 1)
	go func() {
		err := eachLine(reader, func(line []byte) error {
			var answer Answer
			if err := json.Unmarshal(line, &answer); err != nil {
				return fmt.Errorf("read an answer: %w: %.200q", err, line)
			}
			return hear(answer)
		})
		_ = reader.CloseWithError(err)
		if err != nil {
			cancel(err)
		}
		heard <- err
	}()
	err := process(ctx, in, writer)
	_ = writer.Close()
	fault := <-heard
	switch {
	case fault == nil:
		return err
	case err == nil, errors.Is(err, fault):
		return fault
	}
	return errors.Join(err, fault) // the process ended in the middle of a line
}

// eachLine calls line for each line of in. The last line may have no newline.
func eachLine(in io.Reader, line func([]byte) error) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scanner.Scan() {
		if err := line(scanner.Bytes()); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("read a line of at most %d bytes: %w", maxLine, err)
	}
	return nil
}

func jsonLine(value any) ([]byte, error) {
	line, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write a %T as JSON: %w", value, err)
	}
	return append(line, '\n'), nil
}

// questionLine is the input of a process that gets one question: a line, or no input if value is nil.
func questionLine(value any) (io.Reader, error) {
	if value == nil {
		return nil, nil
	}
	line, err := jsonLine(value)
	if err != nil {
		return nil, err
	}
	return bytes.NewReader(line), nil
}
