package binary

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// helperSum is the SHA-256, in hexadecimal digits, of the helper that was built together with this program. The linker
// sets it, as the Makefile has it done; "" in a program that was built alone. A helper of another build may not
// understand this one, and is not taken.
var helperSum string

// besides is the helper in the program's own folder, where it is the one with that sum.
func besides(self, sum string) (string, bool) {
	if sum == "" {
		return "", false
	}
	path := filepath.Join(filepath.Dir(self), "helper")
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false // the program was copied somewhere without it
	}
	got := sha256.Sum256(data)
	return path, hex.EncodeToString(got[:]) == sum
}
