//go:build linux

package localpod

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// BuildMutants builds the server of fixtures/mutants into a folder, and returns its path.
func BuildMutants(folder string) (string, error) {
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		return "", fmt.Errorf("find the source of the mutants")
	}
	path := filepath.Join(folder, "mutants")
	build := exec.Command("go", "build", "-o", path, "./fixtures/mutants")
	build.Dir = filepath.Join(filepath.Dir(here), "..", "..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the mutants: %w\n%s", err, out)
	}
	return path, nil
}
