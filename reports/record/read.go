package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// ReadFile reads the log at path.
func ReadFile(path string) ([]Event, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the event log: %w", err)
	}
	defer file.Close()
	events, err := Read(file)
	if err != nil {
		return nil, fmt.Errorf("read the event log %s: %w", path, err)
	}
	return events, nil
}

// Read reads a whole log. A last line that was cut off (its writer was killed) is
// left out; anything else that is not an event of a known kind is an error that
// names the line.
func Read(in io.Reader) ([]Event, error) {
	reader := bufio.NewReader(in)
	var events []Event
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, io.EOF) {
			return events, fmt.Errorf("line %d: %w", number, err)
		}
		if !whole && len(line) == 0 {
			return events, nil
		}
		event, err := parse(line)
		switch {
		case err == nil:
			events = append(events, event)
		case !whole && !json.Valid(line):
			return events, nil
		default:
			return events, fmt.Errorf("line %d: %w", number, err)
		}
		if !whole {
			return events, nil
		}
	}
}

// parse reads one line of the log. It is strict: a field or a kind that it does
// not know is of a newer stalemate, and to skip it could turn a red run green.
func parse(line []byte) (Event, error) {
	var event Event
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&event); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("an empty line")
		}
		return Event{}, fmt.Errorf("not an event as this version of stalemate writes it: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Event{}, errors.New("not an event: something follows it on its line")
	}
	if !event.Kind.known() {
		return Event{}, fmt.Errorf("not an event: unknown kind %q", event.Kind)
	}
	return event, nil
}

// Runs splits the events of a log by run, in the order in which the runs began.
func Runs(events []Event) [][]Event {
	var runs [][]Event
	place := map[string]int{}
	for _, event := range events {
		at, ok := place[event.Run]
		if !ok {
			at = len(runs)
			place[event.Run] = at
			runs = append(runs, nil)
		}
		runs[at] = append(runs[at], event)
	}
	return runs
}
