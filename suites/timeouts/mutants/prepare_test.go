//go:build linux

package mutants_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/run/localpod"
)

// TestATargetThatDiesWhileItIsPreparedIsToldAtOnce: a preparation would go on asking for half a minute.
func TestATargetThatDiesWhileItIsPreparedIsToldAtOnce(t *testing.T) {
	g := NewWithT(t)
	self, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	port, err := localpod.FreePort()
	g.Expect(err).NotTo(HaveOccurred())
	// The server ends with its standard input. It never sends the header.
	text := fmt.Sprintf(`version: 1
name: dies
image: none
command: [sh, -c, 'sleep 2 | "$SERVER"; echo out of memory; exit 9']
env: {SERVER: %q, %s: "127.0.0.1:%d"}
prepare: [{request: {listener: web, path: /, header: X-Child, workers: 2}}]
repeat: 1
cap: 5s
listeners: {web: {port: %d, proto: http, stages: [http.headers], modes: [silent]}}
ready: {within: 20s}
limits: {"*": {max: 1s}}
`, self, localpod.AddressVariable, port, port)
	one, err := target.Parse(filepath.Join(t.TempDir(), "dies.yaml"), []byte(text), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred())
	begun := time.Now()
	j := carryOut(t, one).judged("dies/web/http.headers/silent")
	g.Expect(time.Since(begun)).To(BeNumerically("<", 20*time.Second))
	g.Expect(j.Status).To(Equal(record.Unknown))
	g.Expect(j.Message).To(And(ContainSubstring("its main process has ended with status 9 meanwhile"), ContainSubstring("its log ends: "), ContainSubstring("out of memory")))
}
