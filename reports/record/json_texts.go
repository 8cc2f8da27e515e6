package record

import (
	"bytes"
	"encoding/json"
)

// rewriteTexts changes the string values of one JSON document. Keys, which are stalemate's, and numbers stay, so the document
// still parses whatever the texts become.
func rewriteTexts(doc []byte, change func(key, value string) string) []byte {
	var out bytes.Buffer
	var last string // the last string literal: a key when a colon follows
	var key string
	for i := 0; i < len(doc); {
		if doc[i] != '"' {
			if doc[i] == ':' {
				key = last
			}
			out.WriteByte(doc[i])
			i++
			continue
		}
		end := literalEnd(doc, i)
		literal := doc[i:end]
		isKey := end < len(doc) && doc[end] == ':'
		var value string
		if err := json.Unmarshal(literal, &value); err != nil {
			value = string(literal)
		}
		last = value
		changed := value
		if !isKey {
			changed = change(key, value)
		}
		if changed == value {
			out.Write(literal)
		} else {
			out.WriteString(quoteJSON(changed))
		}
		i = end
	}
	return out.Bytes()
}

// literalEnd is the index after the string literal that begins at from.
func literalEnd(doc []byte, from int) int {
	for i := from + 1; i < len(doc); i++ {
		switch doc[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(doc)
}
