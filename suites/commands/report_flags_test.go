package commands

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// streams runs the command and keeps the standard output and the standard error apart.
func streams(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = Execute(args, nil, &o, &e)
	return code, o.String(), e.String()
}

func TestAReportOnTheStandardOutputIsAlone(t *testing.T) {
	g := NewWithT(t)
	code, out, errOut := streams("report", everyVerdict, "--json", "-")
	g.Expect(code).To(Equal(ExitFailed), errOut)
	var doc struct{ Result string }
	g.Expect(json.Unmarshal([]byte(out), &doc)).To(Succeed(), "nothing else is there")
	g.Expect(doc.Result).To(Equal("FAIL"))
	g.Expect(errOut).To(ContainSubstring("FAIL  19 cells"), "people read the standard error")

	code, out, errOut = streams("report", everyVerdict, "--junit", "-", "--annotations", "github")
	g.Expect(code).To(Equal(ExitFailed), errOut)
	g.Expect(xml.Unmarshal([]byte(out), new(struct{}))).To(Succeed())
	g.Expect(errOut).To(HavePrefix("::error "))
	g.Expect("-").NotTo(BeAnExistingFile())
}

func TestOneReportTakesTheStandardOutput(t *testing.T) {
	g := NewWithT(t)
	code, out, errOut := streams("report", everyVerdict, "--json", "-", "--junit", "-")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(BeEmpty())
	g.Expect(errOut).To(ContainSubstring("--junit and --json both write to the standard output: give a path to all but one"))
}

func TestAnnotationsOfAnotherServiceAreRefused(t *testing.T) {
	g := NewWithT(t)
	code, _, errOut := streams("report", everyVerdict, "--annotations", "gitlab")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(errOut).To(ContainSubstring("--annotations gitlab: stalemate knows github"))
}

func TestSummarySARIFAndCTRFAreWritten(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	code, out := report(everyVerdict, "--summary", filepath.Join(dir, "s.md"), "--sarif", filepath.Join(dir, "s.sarif"), "--ctrf", filepath.Join(dir, "c.json"))
	g.Expect(code).To(Equal(ExitFailed), out)
	for _, name := range []string{"s.md", "s.sarif", "c.json"} {
		g.Expect(filepath.Join(dir, name)).To(BeARegularFile())
		g.Expect(out).To(ContainSubstring(name))
	}
}
