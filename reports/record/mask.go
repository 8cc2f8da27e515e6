package record

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
)

// Hidden stands where a secret stood.
const Hidden = "***"

// shortestLine is the least length, in bytes, at which one line of a secret of
// several lines (a PEM key) is hidden by itself too: shorter ones are ordinary words.
const shortestLine = 8

// masks hides secrets. A nil one hides nothing.
type masks struct{ forms []string }

// Mask is a function that hides secrets in a text as the log does, for what does not go through the log.
func Mask(secrets []string) func(text string) string { return newMasks(secrets).text }

// newMasks prepares the forms in which a secret can stand in a text: as it is,
// escaped as in JSON and in Go source, escaped as in a URL, and line by line.
func newMasks(secrets []string) *masks {
	seen := map[string]bool{"": true}
	m := &masks{}
	add := func(form string) {
		if !seen[form] {
			seen[form] = true
			m.forms = append(m.forms, form)
		}
	}
	for _, secret := range secrets {
		parts := []string{secret}
		for line := range strings.Lines(secret) {
			if line = strings.TrimSpace(line); len(line) >= shortestLine {
				parts = append(parts, line)
			}
		}
		for _, part := range parts {
			add(part)
			add(inner(quoteJSON(part)))
			add(inner(plainJSON(part)))
			add(inner(strconv.Quote(part)))
			add(url.QueryEscape(part))
			add(url.PathEscape(part))
		}
	}
	if len(m.forms) == 0 {
		return nil
	}
	return m
}

// text hides every secret in s. Secrets that overlap are hidden as one.
func (m *masks) text(s string) string {
	if m == nil {
		return s
	}
	var hide []bool
	for _, form := range m.forms {
		for at, done := 0, 0; ; {
			i := strings.Index(s[at:], form)
			if i < 0 {
				break
			}
			if hide == nil {
				hide = make([]bool, len(s))
			}
			at += i
			for k := max(at, done); k < at+len(form); k++ {
				hide[k] = true
			}
			done = at + len(form)
			at++
		}
	}
	if hide == nil {
		return s
	}
	var out strings.Builder
	for i := range len(s) {
		switch {
		case !hide[i]:
			out.WriteByte(s[i])
		case i == 0 || !hide[i-1]:
			out.WriteString(Hidden)
		}
	}
	return out.String()
}

// words are the fields that hold only words of this package. They stay as they
// are, or a secret such as "never" would take the meaning out of the log.
func words(key string) bool {
	switch key {
	case "kind", "verdict", "verdicts", "expect", "status", "severity", "mode", "by", "side":
		return true
	}
	return false
}

// line hides every secret in the string values of one JSON document. Keys, which
// are ours, and numbers stay; so the line still parses whatever the secret is.
func (m *masks) line(doc []byte) []byte {
	if m == nil {
		return doc
	}
	return rewriteTexts(doc, func(key, value string) string {
		// A word of this package is kept only in such a field: "by" also names a directive.
		if words(key) && known(value) {
			return value
		}
		return m.text(value)
	})
}

// known tells whether a value is a word of this package.
func known(value string) bool {
	if Kind(value).known() || Verdict(value).known() || Status(value).known() || Outcome(value).known() {
		return true
	}
	switch value {
	case string(Silent), string(Trickle), string(Alone), string(Later), string(Baseline), string(Candidate), string(Critical), string(High), string(Medium), string(Low),
		string(ByFIN), string(ByRST), string(ByAlert), string(ByCloseNotify), string(ByStatus), string(ByGoAway), string(ByRSTStream), string(BySaid), string(BySocketGone), string(ByNothing):
		return true
	}
	return false
}

func quoteJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil { // never for a string
		return strconv.Quote(s)
	}
	return string(quoted)
}

func plainJSON(s string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil { // never for a string
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }
