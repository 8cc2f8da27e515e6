// Package acceptance tests the command as a person meets it: the built binary,
// real servers, exit statuses and what is printed.
package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// runWithin bounds one run of the command, the first building of images included.
const runWithin = 15 * time.Minute

// moduleRoot is where go.mod lies, seen from this package.
const moduleRoot = "../../.."

// build makes the command once, as `make check` has it.
var build = sync.OnceValues(func() (string, error) { return buildInto("stalemate-acceptance-") })

func buildInto(prefix string, flags ...string) (string, error) {
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "stalemate")
	cmd := exec.Command("make", "STALEMATE="+path, path)
	cmd.Dir = moduleRoot
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+strings.Join(flags, " "))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return path, nil
}

// binary is the command.
func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return path
}

// ended is how a run of the command ended.
type ended struct {
	exit        int
	out, errOut string
	dir         string
}

// run runs the command to its end.
func execute(t *testing.T, path string, args ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatalf("run stalemate %s: %v", strings.Join(args, " "), err)
	}
	return ended{exit: cmd.ProcessState.ExitCode(), out: out.String(), errOut: errOut.String()}
}

// check runs `stalemate check` with a report folder of its own.
func check(t *testing.T, path string, args ...string) ended {
	t.Helper()
	dir := t.TempDir()
	e := execute(t, path, append([]string{"check", "--out", dir, "--junit", filepath.Join(dir, "junit.xml")}, args...)...)
	e.dir = dir
	return e
}

// needsEngine leaves a test out of the fast ones.
func needsEngine(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
}

// fixturesCopy gives a copy of a fixture folder's siblings in which one text is another.
func fixturesCopy(t *testing.T, file, from, to string) string {
	t.Helper()
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "fixtures")
	g.Expect(os.CopyFS(dir, os.DirFS(filepath.Join(moduleRoot, "fixtures")))).To(Succeed())
	replace(t, filepath.Join(dir, file), from, to)
	return dir
}

// replace changes every occurrence of a text in a file, of which there must be one.
func replace(t *testing.T, path, from, to string) {
	t.Helper()
	g := NewWithT(t)
	text, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(text)).To(ContainSubstring(from))
	g.Expect(os.WriteFile(path, []byte(strings.ReplaceAll(string(text), from, to)), 0o644)).To(Succeed())
}
