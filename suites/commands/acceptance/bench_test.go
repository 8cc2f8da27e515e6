package acceptance_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"stalemate/containers/image"
	"stalemate/reports/record"
)

// What a run may take, by the sum of the longest hold of each wave: that, a third of it for what cannot be started
// meanwhile, and some seconds for the first pods and the last reports.
const (
	boundRatio   = 1.3
	boundSeconds = 20
)

// BenchmarkCheck measures what a run costs beyond waiting: its wall time over the
// sum of the longest hold of each wave, which no harness can go below, and over its bound. The images
// are built before the measurement.
func BenchmarkCheck(b *testing.B) {
	fixture := func(name string) []string { return []string{"-f", filepath.Join(moduleRoot, "fixtures", name)} }
	for name, files := range map[string][]string{
		"nginx-and-apache": slices.Concat(fixture("nginx"), fixture("apache-prefork"), fixture("apache-prefork-handshake"),
			fixture("apache-worker"), fixture("apache-worker-handshake"), fixture("apache-event"), fixture("apache-event-handshake")),
		"make-check": fixture(""),
	} {
		b.Run(name, func(b *testing.B) {
			execute := timed(b, files)
			if execute.built {
				execute = timed(b, files)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(execute.wall/execute.waited, "wall/longest-hold")
			b.ReportMetric(execute.wall/(boundRatio*execute.waited+boundSeconds), "wall/bound")
			b.ReportMetric(execute.wall, "s-wall")
			b.ReportMetric(float64(execute.cells), "cells")
		})
	}
}

type timedRun struct {
	wall, waited float64 // seconds
	cells        int
	built        bool // images were built in it
}

// timed is one run of these target files.
func timed(b *testing.B, files []string) timedRun {
	b.Helper()
	path, err := build()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	args := append([]string{"check", "--out", dir}, files...)
	if out, err := exec.CommandContext(b.Context(), path, args...).CombinedOutput(); err != nil {
		b.Fatalf("check: %v\n%s", err, out)
	}
	events, err := record.ReadFile(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	s := record.Summarise(events)
	execute := timedRun{wall: s.Wall, cells: s.Tally.Judged}
	for _, w := range s.Batches {
		execute.waited += w.Longest
	}
	execute.built = slices.ContainsFunc(events, func(e record.Event) bool { return e.Image != nil && e.Image.Origin == image.FromBuild })
	return execute
}
