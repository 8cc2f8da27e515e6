package acceptance_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

const (
	// mostMemory is what no process of stalemate takes, whatever the server does, in KiB of resident memory.
	mostMemory = 256 << 10
	// mostOutput bounds what is printed about a few connections, in bytes.
	mostOutput = 16 << 10
	// hostileWithin bounds a command on a busy machine. The way to a stage takes 10 s at most, and the watch a second.
	hostileWithin = 90 * time.Second
)

// hostileProgram is the server of fixtures/hostile.
var hostileProgram = sync.OnceValues(func() (string, error) {
	path, err := build()
	if err != nil {
		return "", err
	}
	path = filepath.Join(filepath.Dir(path), "hostile")
	cmd := exec.Command("go", "build", "-o", path, "./fixtures/hostile")
	cmd.Dir = moduleRoot
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return path, nil
})

// hostile starts a server that misbehaves in that way, and gives its address. It ends with the test.
func hostile(t *testing.T, way string) string {
	t.Helper()
	g := NewWithT(t)
	path, err := hostileProgram()
	g.Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, way)
	_, err = cmd.StdinPipe() // which ends with this process at the latest
	g.Expect(err).NotTo(HaveOccurred())
	out, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	g.Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(address)
}

// hostileWays are the names of all ways.
func hostileWays(t *testing.T) []string {
	t.Helper()
	path, err := hostileProgram()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	out, err := exec.Command(path).Output()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return strings.Fields(string(out))
}

// costs is what a command printed, and the most memory that it had, in KiB.
type costs struct {
	out    string
	memory int64
}

// measured runs one program of stalemate to its end, and checks that it costs neither memory nor time, and prints nothing that a
// terminal obeys.
func measured(t *testing.T, in, path string, args ...string) costs {
	t.Helper()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), hostileWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &out
	_ = cmd.Run() // its exit status depends on the server
	g.Expect(ctx.Err()).NotTo(HaveOccurred(), "it ends by itself")
	c := costs{out.String(), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss}
	t.Logf("%d MiB, %s, %d bytes of output: %s", c.memory>>10, cmd.ProcessState.UserTime(), len(c.out), strings.Join(args, " "))
	g.Expect(c.memory).To(BeNumerically("<", mostMemory), "KiB of resident memory")
	g.Expect(len(c.out)).To(BeNumerically("<", mostOutput), "%.300s", c.out)
	g.Expect(c.out).NotTo(MatchRegexp("[\x00-\x08\x0b-\x1f\x7f\u202e]"))
	return c
}

// stagesFor are the stages at which a way shows, with the flags of hold.
func stagesFor(way string) [][]string {
	plain, isTLS := strings.CutPrefix(way, "tls-")
	switch {
	case strings.HasPrefix(way, "h2-"):
		return [][]string{{"h2.idle"}, {"h2.headers"}}
	case !isTLS:
		return [][]string{{"http.keep-alive"}, {"http.response"}}
	case strings.HasPrefix(plain, "endless-") || plain == "long-chain":
		return [][]string{{"tls.established"}, {"tls.finished"}, {"http.keep-alive", "--tls"}}
	}
	return [][]string{{"http.keep-alive", "--tls"}}
}

// TestHoldSurvivesHostileServers holds connections to servers that misbehave in every way that there is.
func TestHoldSurvivesHostileServers(t *testing.T) {
	path := binary(t)
	for _, way := range hostileWays(t) {
		if testing.Short() && !soonOver(way) {
			continue
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			address := hostile(t, way)
			for _, stage := range stagesFor(way) {
				c := measured(t, "", path, append([]string{"hold", address, "--count", "4", "--for", "1s", "--stage"}, stage...)...)
				NewWithT(t).Expect(c.out).To(MatchRegexp(`: [0-4] of 4 connections held\n`), "hold counts every connection")
			}
		})
	}
}

// TestAProbeSurvivesHostileServers makes the exchange that a pod's attacker makes, also to learn who serves.
func TestAProbeSurvivesHostileServers(t *testing.T) {
	path := filepath.Join(filepath.Dir(binary(t)), "helper")
	for _, way := range hostileWays(t) {
		if testing.Short() && !soonOver(way) {
			continue
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			ask := wire.ProbeRequest{Address: hostile(t, way), Timeout: 2 * time.Second}
			if strings.HasPrefix(way, "tls-") || strings.HasPrefix(way, "h2-") {
				ask.Proto = "https"
			}
			question, err := json.Marshal(ask)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			measured(t, string(question), path, wire.CommandProbe.Argv()...)
		})
	}
}

// soonOver says of a way that it ends a hold early, and so may be among the fast tests.
func soonOver(way string) bool {
	switch way {
	case "endless-header-line", "endless-headers", "endless-status-line", "long-line", "markup-line", "markup-header", "tls-long-chain",
		"tls-endless-header-line", "h2-giant-goaway", "h2-endless-continuation":
		return true
	}
	return false
}
