package learn

import (
	"io"
	"sync"

	"stalemate/reports/record"
)

// mask hides secrets in a text.
type mask func(text string) string

// all hides them in each text.
func (m mask) all(texts []string) []string {
	hidden := make([]string, len(texts))
	for i, text := range texts {
		hidden[i] = m(text)
	}
	return hidden
}

// Mask hides the secrets of a target as the event log does, for what does not go
// through the log: the comments of what is written, and errors.
func Mask(secrets []string) func(text string) string {
	var one sync.Mutex
	var heard string
	log := record.NewLog(io.Discard, "", secrets) // so that the two can never differ
	log.Subscribe(func(e record.Event) { heard = e.Note })
	return func(text string) string {
		one.Lock()
		defer one.Unlock()
		if err := log.Write(record.Event{Kind: record.Observed, Note: text}); err != nil {
			return record.Hidden // rather than a text that may have one in it
		}
		return heard
	}
}
