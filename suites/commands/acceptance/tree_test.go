package acceptance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"
)

// storyLabel is on the specs that tell an original report. They are no cells.
const storyLabel = "story"

// TestTheTreeOfEachSuiteIsWhatListShows: `ginkgo --dry-run` recognises each suite, starts nothing, and has one spec a cell.
func TestTheTreeOfEachSuiteIsWhatListShows(t *testing.T) {
	if testing.Short() {
		t.Skip("builds every suite")
	}
	g := NewWithT(t)
	listed := map[string][]string{}
	e := execute(t, binary(t), "list", "-f", filepath.Join(moduleRoot, "fixtures"), "--json")
	g.Expect(e.exit).To(Equal(0), e.errOut)
	var cells []struct{ Address, Suite string }
	g.Expect(json.Unmarshal([]byte(e.out), &cells)).To(Succeed())
	for _, c := range cells {
		listed[c.Suite] = append(listed[c.Suite], c.Address)
	}
	for _, suite := range []string{"timeouts", "exhaustion", "startup"} {
		t.Run(suite, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(listed[suite]).NotTo(BeEmpty())
			slices.Sort(listed[suite])
			g.Expect(dryRun(t, suite)).To(Equal(listed[suite]))
		})
	}
}

// dryRun gives the names of a suite's specs, as the ginkgo command sees them, without the stories.
func dryRun(t *testing.T, suite string) []string {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "ginkgo", "--dry-run", "--no-color", "--json-report=tree.json", "--output-dir="+dir, "./suites/"+suite)
	cmd.Dir = moduleRoot
	cmd.Env = append(os.Environ(), "DOCKER_HOST=unix://"+filepath.Join(dir, "none.sock")) // it must not need an engine
	out, err := cmd.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), "%s", out)
	text, err := os.ReadFile(filepath.Join(dir, "tree.json"))
	g.Expect(err).NotTo(HaveOccurred())
	var reports []types.Report
	g.Expect(json.Unmarshal(text, &reports)).To(Succeed())
	g.Expect(reports).To(HaveLen(1))
	var names []string
	for _, spec := range reports[0].SpecReports {
		if spec.LeafNodeType == types.NodeTypeIt && !slices.Contains(spec.Labels(), storyLabel) {
			names = append(names, spec.LeafNodeText)
		}
	}
	slices.Sort(names)
	return names
}
