package attackers

import (
	"regexp"
)

// said looks for what releases a hold in what the server says, where its timeout does not end the connection: sslh hands the
// connection over to another server, and this one greets.
type said struct {
	pattern *regexp.Regexp
	kept    []byte
	match   []byte // nil while it has not come
}

// newSaid is nil for no expression. The plan was checked, so an expression compiles.
func newSaid(expression string) *said {
	if expression == "" {
		return nil
	}
	return &said{pattern: regexp.MustCompile(expression)}
}

// feed adds bytes, as many as a conversation keeps.
func (s *said) feed(p []byte) {
	if s == nil || s.match != nil {
		return
	}
	s.kept = append(s.kept, p[:min(len(p), longestSaid-len(s.kept))]...)
	if at := s.pattern.FindIndex(s.kept); at != nil {
		s.match, s.kept = append([]byte{}, s.kept[at[0]:at[1]]...), nil
	}
}

// matched says whether it has come.
func (s *said) matched() bool { return s != nil && s.match != nil }

// Text is the beginning of what matched, for people.
func (s *said) Text() string { return string(s.match[:min(len(s.match), 120)]) }
