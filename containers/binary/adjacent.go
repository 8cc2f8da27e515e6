package binary

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// helperSum is the SHA-256, in hexadecimal digits, of the helper that the Makefile built together with this program. The
// linker sets it (-X). It is "" in a program that was built alone. The protocol between the two may change with each build,
// so a helper with another sum is not used.
var helperSum string

// adjacentHelper finds the helper in the program's own folder, if its SHA-256 is sum.
func adjacentHelper(self, sum string) (string, bool) {
	if sum == "" {
		return "", false
	}
	path := filepath.Join(filepath.Dir(self), "helper")
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false // the program was copied without it
	}
	got := sha256.Sum256(data)
	return path, hex.EncodeToString(got[:]) == sum
}
