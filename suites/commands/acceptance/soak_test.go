package acceptance_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// What `make soak` sets. Without the first the soak is left out: it takes a minute and more for each repetition.
const (
	soakRuns   = "SOAK"        // repetitions
	soakLoaded = "SOAK_LOADED" // how many of them, the last ones, run while every core is loaded
	soakOnly   = "SOAK_ONLY"   // pattern of cells; by default the vintage targets
	soakLog    = "SOAK_LOG"    // file that gets the events of all repetitions, every attempt in it
)

// TestSoak repeats the suite of the timeouts that never fire, and wants every verdict the same each time.
func TestSoak(t *testing.T) {
	runs := number(t, soakRuns, 0)
	if runs == 0 {
		t.Skip("a soak takes long: `make soak`, or set " + soakRuns)
	}
	g := NewWithT(t)
	loaded := number(t, soakLoaded, 0)
	only := os.Getenv(soakOnly)
	if only == "" {
		only = "vintage-*"
	}
	logPath := os.Getenv(soakLog)
	if logPath == "" {
		logPath = filepath.Join(t.TempDir(), "soak.jsonl")
	}
	g.Expect(os.MkdirAll(filepath.Dir(logPath), 0o755)).To(Succeed())
	all, err := os.Create(logPath)
	g.Expect(err).NotTo(HaveOccurred())
	defer all.Close()
	path := binary(t)
	first := map[string]record.Verdict{}
	for i := range runs {
		ctx, cancel := context.WithTimeout(t.Context(), runWithin)
		busy, free := context.WithCancel(ctx)
		name := fmt.Sprintf("repetition %d of %d", i+1, runs)
		if i >= runs-loaded {
			name += ", every core loaded"
			load(busy)
		}
		dir := t.TempDir()
		out, err := exec.CommandContext(ctx, path, "check", "-f", filepath.Join(moduleRoot, "fixtures"), "--only", only, "--out", dir).CombinedOutput()
		free()
		cancel()
		text, readErr := os.ReadFile(filepath.Join(dir, "events.jsonl"))
		g.Expect(readErr).NotTo(HaveOccurred(), name)
		_, writeErr := all.Write(text)
		g.Expect(writeErr).NotTo(HaveOccurred())
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		compareVerdicts(t, name, first, verdictsOf(t, filepath.Join(dir, "events.jsonl")))
	}
}

// compareVerdicts wants the verdicts of the first repetition again.
func compareVerdicts(t *testing.T, name string, first, now map[string]record.Verdict) {
	t.Helper()
	counts := map[record.Verdict]int{}
	for _, verdict := range now {
		counts[verdict]++
	}
	t.Logf("%s: %d cells: %v", name, len(now), counts)
	if len(first) == 0 {
		NewWithT(t).Expect(now).NotTo(BeEmpty(), name)
		for cell, verdict := range now {
			first[cell] = verdict
		}
		return
	}
	for cell, verdict := range first {
		if now[cell] != verdict {
			t.Errorf("%s: %s is %q, and was %q", name, cell, now[cell], verdict)
		}
	}
	NewWithT(t).Expect(now).To(HaveLen(len(first)), name)
}

func verdictsOf(t *testing.T, log string) map[string]record.Verdict {
	t.Helper()
	events, err := record.ReadFile(log)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	verdicts := map[string]record.Verdict{}
	for _, cell := range record.Summarise(events).Cells() {
		if cell.Judgement != nil {
			verdicts[cell.Address] = cell.Judgement.Verdict
		}
	}
	return verdicts
}

// load keeps every core busy until ctx ends.
func load(ctx context.Context) {
	for range runtime.NumCPU() {
		go func() {
			for n := 0; ctx.Err() == nil; n++ {
				_ = strconv.Itoa(n)
			}
		}()
	}
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q: a number is wanted", name, text)
	}
	return n
}
