//go:build linux

package run_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/run"
	"stalemate/suites/run/localpod"
)

func TestMain(m *testing.M) {
	localpod.Main()
	os.Exit(m.Run())
}

// readyWithin is the time that the file gives the target. A test that takes half of it has waited for its end.
const readyWithin = 20 * time.Second

// started starts a target whose command is a shell script. In it, $SERVER is Go's HTTP server on the target's port.
func started(t *testing.T, script string) (context.Context, run.Server, *target.Target) {
	t.Helper()
	g := NewWithT(t)
	self, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	port, err := localpod.FreePort()
	g.Expect(err).NotTo(HaveOccurred())
	text := fmt.Sprintf(`version: 1
name: one
image: none
command: [sh, -c, %q]
env: {SERVER: %q, %s: "127.0.0.1:%d"}
listeners: {web: {port: %d, proto: http}}
ready: {within: %s}
limits: {"*": {max: 5s}}
`, script, self, localpod.AddressVariable, port, port, readyWithin)
	one, err := target.Parse(filepath.Join(t.TempDir(), "one.yaml"), []byte(text), func(string) (string, bool) { return "", false })
	g.Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p, err := localpod.Starter(t.TempDir())(ctx, pod.Spec{Name: one.Name, Command: one.Command, Env: one.Env}, func(record.Event) {})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = p.Close(context.WithoutCancel(ctx)) })
	_, err = p.Up(ctx, pod.UpOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	return ctx, p, one
}

func TestATargetThatDiesBeforeItAnswersIsToldAtOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script string
		says   []string
	}{
		"at once":         {`echo first; echo last words >&2; exit 7`, []string{"its main process has ended with status 7; listener web", "its log ends: first\nlast words"}},
		"a little later":  {`echo slow; sleep 1; exit 3`, []string{"status 3;", "its log ends: slow"}},
		"by a signal":     {`kill -SEGV $$`, []string{"status 139 (SIGSEGV)", "its log is empty"}},
		"with status 0":   {`exit 0`, []string{"status 0", "have command start it in the foreground"}},
		"with a long log": {`for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; exit 1`, []string{"its log ends: line 2\nline 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			ctx, p, one := started(t, tc.script)
			begun := time.Now()
			err := run.Ready(ctx, p, one, func(record.Event) {})
			g.Expect(err).To(MatchError(ContainSubstring("target one was not ready: ")))
			for _, part := range tc.says {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
			}
			g.Expect(time.Since(begun)).To(BeNumerically("<", readyWithin/2))
		})
	}
}

func TestASlowTargetIsAwaitedAndTheLogSaysWhy(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	ctx, p, one := started(t, `sleep 1; exec "$SERVER"`)
	var told []record.Event
	g.Expect(run.Ready(ctx, p, one, func(e record.Event) { told = append(told, e) })).To(Succeed())
	g.Expect(told).NotTo(BeEmpty())
	g.Expect(told[0].Kind).To(Equal(record.TargetNotReady))
	g.Expect(told[0].Note).To(Equal("connection refused"))
}

func TestTheEndOfALogIsWholeLines(t *testing.T) {
	g := NewWithT(t)
	g.Expect(run.LogEnd(" \n")).To(Equal("its log is empty"))
	g.Expect(run.LogEnd("a\nb\n")).To(Equal("its log ends: a\nb"))
	g.Expect(run.LogEnd(strings.Repeat("x", 500) + "\n" + strings.Repeat("y", 300))).To(Equal("its log ends: " + strings.Repeat("y", 300)))
	g.Expect(run.LogEnd(strings.Repeat("x", 700))).To(Equal("the last line of its log has 700 bytes: see the whole log"))
}
