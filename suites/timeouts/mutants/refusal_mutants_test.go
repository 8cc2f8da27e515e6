//go:build linux

package mutants_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/run/localpod"
)

// TestRefusalMutants holds connections to servers that refuse a stage, some of them in words alone.
func TestRefusalMutants(t *testing.T) {
	long(t)
	const body, keepAlive = "/web/http.body/silent", "/web/http.keep-alive/silent"
	want := map[string]record.Verdict{
		"announces-close" + keepAlive:        record.Never,
		"announces-close" + body:             record.Fired,
		"refuses" + body:                     record.NotApplicable,
		"refuses" + keepAlive:                record.Fired,
		"refuses-closes-late" + body:         record.Late,
		"refuses-waits" + body:               record.Never,
		"waits-refuses" + body:               record.Early,
		"hints" + body:                       record.Fired,
		"hints" + keepAlive:                  record.Fired,
		"openssl/web/http.keep-alive/silent": record.Never,
	}
	targets := []*target.Target{openssl(t)}
	for _, name := range []string{"announces-close", "refuses", "refuses-closes-late", "refuses-waits", "waits-refuses", "hints"} {
		targets = append(targets, mutant{name: name, stages: []string{"http.body", "http.keep-alive"},
			limits: []string{"http.body: {idle: 3s, by: body}", "http.keep-alive: {idle: 2s, by: keep-alive}"}}.target(t))
	}
	if targets[0] == nil {
		t.Log("without the openssl command, its server is not held")
		targets = targets[1:]
	}
	done := carryOut(t, targets...)
	for _, one := range targets {
		for _, cell := range done.cells(one.Name) {
			g := NewWithT(t)
			j := done.judged(cell)
			switch verdict, named := want[cell]; {
			case j.Verdict == record.Inconclusive && os.Getenv(strict) == "":
				t.Logf("%s: inconclusive on a busy machine: %s", cell, j.Message)
			case named:
				g.Expect(j.Verdict).To(Equal(verdict), "%s: %s", cell, j.Message)
			default:
				g.Expect(j.Status).To(Equal(record.Passed), "%s is touched: %s", cell, j.Message)
			}
		}
	}
}

// openssl is a target of `openssl s_server -WWW`, nil without that command. It sends close_notify after its answer, and waits
// for the client to close the connection.
func openssl(t *testing.T) *target.Target {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		return nil
	}
	g := NewWithT(t)
	certificate, key, _, err := (&target.Target{}).Issue([]string{"openssl.test"})
	g.Expect(err).NotTo(HaveOccurred())
	both := filepath.Join(t.TempDir(), "server.pem")
	g.Expect(os.WriteFile(both, append(certificate, key...), 0o600)).To(Succeed())
	port, err := localpod.FreePort()
	g.Expect(err).NotTo(HaveOccurred())
	text := fmt.Sprintf("version: 1\nname: openssl\nimage: none\ncommand: [%q, s_server, -accept, \"127.0.0.1:%d\", -cert, %q, -WWW, -quiet]\nrepeat: 1\ncap: 6s\n"+
		"listeners: {web: {port: %d, proto: https, stages: [http.keep-alive], modes: [silent]}}\nlimits: {\"*\": {max: 2s, by: nothing}}\n", path, port, both, port)
	one, err := target.Parse(filepath.Join(t.TempDir(), "openssl.yaml"), []byte(text), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred(), text)
	return one
}
