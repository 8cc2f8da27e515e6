package wire

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// AnyByte stands in a pattern of bytes for a byte of any value.
const AnyByte = -1

// Bytes reads bytes in hexadecimal. White space between them has no meaning.
func Bytes(text string) ([]byte, error) {
	return hex.DecodeString(strings.Join(strings.Fields(text), ""))
}

// BytePattern reads a pattern of bytes: as Bytes, and "??" stands for a byte of any value.
func BytePattern(text string) ([]int, error) {
	digits := strings.Join(strings.Fields(text), "")
	if len(digits)%2 != 0 {
		return nil, hex.ErrLength
	}
	if digits == "" {
		return nil, fmt.Errorf("no byte")
	}
	pattern := make([]int, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		if digits[i:i+2] == "??" {
			pattern = append(pattern, AnyByte)
			continue
		}
		one, err := hex.DecodeString(digits[i : i+2])
		if err != nil {
			return nil, err
		}
		pattern = append(pattern, int(one[0]))
	}
	return pattern, nil
}
