package acceptance_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
)

const (
	// patient is what the files give a target and its service.
	patient = 10 * time.Minute
	// atOnce bounds a whole run that does not wait so long, also on a busy machine.
	atOnce = patient / 2
)

// patientTarget is a target that stalemate would await for a long time. %s is its name, its command, and more keys.
const patientTarget = `version: 1
name: %s
build: empty
command: [sh, -c, %q]
listeners: {web: {port: 8080, proto: http, stages: [http.headers]}}
ready: {listener: web, within: 10m}
%s`

const patientLimits = "cap: 6s\nlimits: {\"*\": {absolute: 2s, by: header_timeout}}\n"

// TestATargetThatDiesAtItsStartIsToldAtOnce asks every command, with the last lines of the target's log.
func TestATargetThatDiesAtItsStartIsToldAtOnce(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	dir := t.TempDir()
	g := NewWithT(t)
	g.Expect(os.Mkdir(filepath.Join(dir, "empty"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "empty", "Dockerfile"), []byte("ARG BASE\nFROM ${BASE}\n"), 0o644)).To(Succeed())
	file := func(name, command, more string) string {
		path := filepath.Join(dir, name+".yaml")
		g.Expect(os.WriteFile(path, fmt.Appendf(nil, patientTarget, name, command, more), 0o644)).To(Succeed())
		return path
	}
	const dies = `echo starting >&2; echo "bind: permission denied" >&2; exit 7`
	const says = `its main process has ended with status 7(?s:.*)its log ends: starting bind: permission denied`
	dead := file("exits", dies, patientLimits)
	orphan := file("orphan", "sleep infinity", patientLimits+
		"services: {app: {build: empty, command: [sh, -c, \"echo no database; exit 3\"], ready: {port: 9000, within: 10m}}}\n")
	for name, run := range map[string]struct{ args, says []string }{
		"check": {[]string{"check", "-f", dead, "-f", orphan}, []string{`target exits was not ready: ` + says,
			`service app of target orphan was not ready: its main process has ended with status 3; its log ends: no database`}},
		"compare": {[]string{"compare", "-f", dead, "--candidate-file", dead, "--repeats", "1"}, []string{says}},
		"learn": {[]string{"learn", "-f", file("unknown", dies, "")},
			[]string{`the server ended with status 7 before it listened; its log ends: starting bind: permission denied`}},
	} {
		t.Run(name, func(t *testing.T) {
			g, begun := NewWithT(t), time.Now()
			e := execute(t, binary(t), append(run.args, "--out", t.TempDir())...)
			g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
			for _, words := range run.says {
				g.Expect(e.out + e.errOut).To(MatchRegexp(strings.ReplaceAll(words, " ", `\s+`)))
			}
			g.Expect(time.Since(begun)).To(BeNumerically("<", atOnce))
		})
	}
	t.Run("containers.Run", func(t *testing.T) {
		g, begun := NewWithT(t), time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), patient)
		defer cancel()
		_, err := containers.Run(ctx, "", testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: filepath.Join(dir, "empty")}),
			testcontainers.WithCmd("sh", "-c", dies), containers.WithListener("web", 8080, "http"))
		g.Expect(err).To(MatchError(MatchRegexp(`its main process has ended with status 7(?s:.*)starting\s+bind: permission denied`)))
		g.Expect(time.Since(begun)).To(BeNumerically("<", atOnce))
	})
}
