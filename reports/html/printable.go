package html

import (
	"bytes"
	"io"
	"unicode"
)

// printableWriter writes a page without the characters that no browser should get as they are. html/template escapes markup, and
// leaves these. It gets whole texts, so it never meets half a character.
type printableWriter struct{ out io.Writer }

func (w printableWriter) Write(p []byte) (int, error) {
	if _, err := w.out.Write(bytes.Map(printable, p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// printable replaces control characters, and those that change the direction of the text. stalemate's own page has none of them.
func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
		return unicode.ReplacementChar
	}
	return r
}
