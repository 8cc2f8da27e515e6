package commands

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// leavingFile is a target file that leaves the scenarios of a pattern to a thorough run.
func leavingFile(t *testing.T, pattern string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "edge.yaml")
	NewWithT(t).Expect(os.WriteFile(path, []byte(`version: 1
name: edge
image: example/edge:1
listeners: {web: {port: 8080, proto: http}}
leftovers: {pid: 4242, cycles: 2, thorough: "`+pattern+`"}
`), 0o644)).To(Succeed())
	return path
}

func TestListShowsEveryCellAndMarksThoroughOnes(t *testing.T) {
	g := NewWithT(t)
	file := leavingFile(t, "unclean-same-pid")
	code, out := command("list", "-f", file)
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(MatchRegexp(`CELL +EXPECT +RUN +CONTROLS +LIMIT`),
		MatchRegexp(`edge/startup/unclean-same-pid +starts +thorough +edge/startup/unclean-other-pid +it died`),
		MatchRegexp(`edge/startup/clean-stop +starts +a stop leaves`)))
	code, out = command("list", "-f", leavingFile(t, "*"))
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(strings.Count(out, " thorough ")).To(Equal(3), out)
	code, out = command("list", "-f", planned(t), "--only", "http.body")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).NotTo(ContainSubstring("RUN"), "no column without need")

	code, out = command("list", "-f", file, "--json")
	g.Expect(code).To(Equal(ExitOK), out)
	var cells []map[string]any
	g.Expect(json.Unmarshal([]byte(out), &cells)).To(Succeed())
	marked := map[any]any{}
	for _, c := range cells {
		marked[c["address"]] = c["thorough"]
	}
	g.Expect(marked).To(And(HaveKeyWithValue("edge/startup/unclean-same-pid", true), HaveKeyWithValue("edge/startup/clean-stop", BeNil())))
}

func TestCheckLeavesOutWhatIsThoroughAndSaysSo(t *testing.T) {
	g := NewWithT(t)
	file := leavingFile(t, "unclean-*")
	code, out := command("check", "-f", file, "--dry-run")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(ContainSubstring("2 scenarios of starts are left to a thorough run (--thorough): edge\n"), MatchRegexp(`, 1 cell[^s]`)))
	code, out = command("check", "-f", file, "--dry-run", "--thorough")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(Not(ContainSubstring("left to a thorough run")), ContainSubstring(", 3 cells")))
	code, out = command("check", "-f", file, "--dry-run", "--only", "edge/startup/unclean-other-pid")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(And(Not(ContainSubstring("left to a thorough run")), ContainSubstring(", 2 cells")))
	code, out = command("check", "-f", file, "--dry-run", "--thorough=false")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(ContainSubstring("left to a thorough run"))
	code, out = command("check", "-f", file, "--dry-run", "--thorough=perhaps")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("give true or false"))
}

func TestARunOfNothingIsRefused(t *testing.T) {
	g := NewWithT(t)
	file := leavingFile(t, "*")
	code, out := command("check", "-f", file, "--dry-run")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("every cell of " + file + " is left to a thorough run: give --thorough"))
	code, out = command("compare", "-f", file, "--candidate", "example/edge:2", "--dry-run")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("is left to a thorough run: give --thorough"))
	code, out = command("compare", "-f", file, "--candidate", "example/edge:2", "--dry-run", "--thorough")
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(ContainSubstring(", 30 cells"))
	code, out = command("render", "-f", file)
	g.Expect(code).To(Equal(ExitOK), out)
	g.Expect(out).To(ContainSubstring("thorough:"))
}
