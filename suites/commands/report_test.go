package commands

import (
	"bytes"
	"os"
	"testing"

	. "github.com/onsi/gomega"
)

const everyVerdict = "../../reports/testdata/every-verdict.jsonl"

// report runs the command by itself and gives its exit status and output.
func report(args ...string) (int, string) {
	var out bytes.Buffer
	command := reportCommand()
	command.SilenceUsage, command.SilenceErrors = true, true
	command.SetArgs(args)
	command.SetOut(&out)
	err := command.Execute()
	if status, ok := err.(*Status); ok {
		return status.Code, out.String()
	}
	if err != nil {
		return ExitUsage, err.Error()
	}
	return ExitOK, out.String()
}

func TestReportHasTheExitStatusOfTheRun(t *testing.T) {
	g := NewWithT(t)
	path := t.TempDir() + "/again.xml"
	code, out := report(everyVerdict, "--junit", path)
	g.Expect(code).To(Equal(ExitFailed), out)
	g.Expect(out).To(ContainSubstring("FAIL  19 cells"))
	again, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	golden, err := os.ReadFile("../../reports/testdata/every-verdict.junit.xml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(again)).To(Equal(string(golden)))
}

func TestReportRefusesWhatIsNoLog(t *testing.T) {
	g := NewWithT(t)
	code, out := report(t.TempDir())
	g.Expect(code).To(Equal(ExitUsage), out)
	code, out = report("../../go.mod")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring("line 1: not an event"))
	code, out = report(everyVerdict, "--run", "nobody")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(ContainSubstring(`the log has no run "nobody"; it has r1a2b3`))
}
