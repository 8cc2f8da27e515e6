package acceptance_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"stalemate/reports/record"
)

// BenchmarkCheck measures what a run costs beyond waiting: its wall time over the
// sum of the longest hold of each wave, which no harness can go below. The images
// are built before the measurement.
func BenchmarkCheck(b *testing.B) {
	path, err := build()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	args := []string{"check", "--out", dir}
	for _, target := range []string{"nginx", "apache-prefork", "apache-prefork-handshake", "apache-worker",
		"apache-worker-handshake", "apache-event", "apache-event-handshake"} {
		args = append(args, "-f", filepath.Join(moduleRoot, "fixtures", target))
	}
	if out, err := exec.CommandContext(b.Context(), path, append(args, "--only", "*/web/http.keep-alive")...).CombinedOutput(); err != nil {
		b.Fatalf("build the images: %v\n%s", err, out)
	}
	for b.Loop() {
		if out, err := exec.CommandContext(b.Context(), path, args...).CombinedOutput(); err != nil {
			b.Fatalf("check: %v\n%s", err, out)
		}
		events, err := record.ReadFile(filepath.Join(dir, "events.jsonl"))
		if err != nil {
			b.Fatal(err)
		}
		s := record.Summarise(events)
		waited := 0.0
		for _, w := range s.Waves {
			waited += w.Longest
		}
		b.ReportMetric(s.Wall/waited, "wall/longest-hold")
		b.ReportMetric(s.Wall-waited, "s-beyond-waiting")
		b.ReportMetric(float64(s.Tally.Judged), "cells")
	}
}
