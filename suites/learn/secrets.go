package learn

import "stalemate/reports/record"

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
func Mask(secrets []string) func(text string) string { return record.Mask(secrets) }
