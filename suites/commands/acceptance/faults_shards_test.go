//go:build faults

package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestFaultsOfShards carries out one run as a whole and as three shards. Merged, the shards must be the whole run, cell by cell.
func TestFaultsOfShards(t *testing.T) {
	g := NewWithT(t)
	e := startSecondEngine(t)
	t.Setenv("DOCKER_HOST", e.host())
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"one", "two", "three", "four"} {
		file := filepath.Join(dir, name+".yaml")
		text := strings.Replace(strings.Replace(held, "name: held", "name: "+name, 1), "at_least: 25s", "at_least: 5s", 1)
		g.Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
		files = append(files, "-f", file)
	}
	path := binary(t)
	whole := check(t, path, files...)
	merge := []string{"merge", "--out", filepath.Join(dir, "merged")}
	for number := range 3 {
		part := check(t, path, append(files, "--shard", fmt.Sprintf("%d/3", number+1))...)
		g.Expect(part.exit).To(Equal(whole.exit), part.out+part.errOut)
		merge = append(merge, filepath.Join(part.dir, "events.jsonl"))
	}
	merged := execute(t, path, merge...)
	g.Expect(merged.exit).To(Equal(whole.exit), merged.out+merged.errOut)
	g.Expect(verdictsByCell(t, filepath.Join(dir, "merged", "events.jsonl"))).To(Equal(verdictsByCell(t, filepath.Join(whole.dir, "events.jsonl"))))
	g.Expect(execute(t, path, merge[:len(merge)-1]...).exit).To(Equal(2), "a shard is missing")
}

// verdictsByCell are the verdicts of a log, by cell; those of the canaries are in every shard.
func verdictsByCell(t *testing.T, log string) map[string]record.Verdict {
	t.Helper()
	events, err := record.ReadFile(log)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	verdicts := map[string]record.Verdict{}
	for _, target := range record.Summarise(events).Targets {
		for _, cell := range target.Cells() {
			if !cell.Plan.Canary {
				verdicts[cell.Address] = cell.Judgement.Verdict
			}
		}
	}
	return verdicts
}
