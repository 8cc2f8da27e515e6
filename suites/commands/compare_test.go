package commands_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/suites/commands"
)

func TestCompareRefusesWhatMakesNoComparison(t *testing.T) {
	file := filepath.Join(t.TempDir(), "target.yaml")
	text := "version: 1\nname: edge\nimage: example/edge:1\nlisteners: {web: {port: 80, proto: http}}\nlimits: {\"*\": {max: 5s}}\n"
	NewWithT(t).Expect(os.WriteFile(file, []byte(text), 0o644)).To(Succeed())
	for says, args := range map[string][]string{
		"no candidate":              {"-f", file, "--baseline", "a"},
		"both given":                {"-f", file, "--baseline", "a", "--baseline-log", "b", "--candidate", "c"},
		"--repeats 0":               {"-f", file, "--candidate", "c", "--repeats", "0"},
		"2 times":                   {"-f", file, "-f", file, "--candidate", "c"},
		"matches no cell":           {"-f", file, "--candidate", "c", "--only", "nothing"},
		"--fail-on \"worst\"":       {"-f", file, "--candidate", "c", "--fail-on", "worst"},
		"no such file":              {"-f", file, "--candidate", "c", "--baseline-log", filepath.Join(t.TempDir(), "none")},
		"does not exist":            {"-f", file, "--candidate-file", filepath.Join(t.TempDir(), "none")},
		"raise the budget":          {"-f", file, "--candidate", "c", "--budget", "3s"},
		"the log has no cell: give": {"-f", file, "--candidate", "c", "--baseline-log", os.DevNull},
		"no -f, and no stalemate":   {"--candidate", "c"},
	} {
		var out, errOut bytes.Buffer
		exit := commands.Execute(append([]string{"compare", "--out", t.TempDir()}, args...), strings.NewReader(""), &out, &errOut)
		NewWithT(t).Expect(exit).To(Equal(commands.ExitUsage), strings.Join(args, " ")+": "+errOut.String())
		NewWithT(t).Expect(errOut.String()).To(ContainSubstring(says))
	}
	var out, errOut bytes.Buffer
	exit := commands.Execute([]string{"compare", "-f", file, "--candidate", "c", "--dry-run"}, strings.NewReader(""), &out, &errOut)
	NewWithT(t).Expect(exit).To(Equal(commands.ExitOK), errOut.String())
	NewWithT(t).Expect(out.String()).To(ContainSubstring("12 pods"))
}
