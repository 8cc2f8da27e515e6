package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// refusedWithin bounds a refusal: it needs no engine, and reads no more of a file than it must.
const refusedWithin = 10 * time.Second

// sound is a target file in which the cases change one thing each.
const sound = `version: 1
name: edge
image: example/edge:1
listeners:
  web: {port: 8080, proto: http}
limits:
  http.headers: {absolute: 4s, by: header_timeout}
  "*": {max: 60s}
`

// TestABadTargetFileIsRefused expects exit status 2, and a message that names the
// file, the line where there is one, what is wrong and what to do.
func TestABadTargetFileIsRefused(t *testing.T) {
	path := binary(t)
	for name, one := range map[string]struct {
		from, to string
		says     string // after the file's name
	}{
		"unknown key":                     {"listeners:\n", "capacty: 10\nlisteners:\n", `:4:1: unknown key "capacty" in the file; did you mean "capacity"?`},
		"unknown key in a limit":          {"{max: 60s}", "{maximum: 60s}", `:8:9: unknown key "maximum" in limits.*; write one of`},
		"pattern that matches no cell":    {"http.headers:", "http.hedaers:", `:7:3: "http.hedaers" matches no cell of edge; did you mean "http.headers"?`},
		"pattern of another listener":     {"http.headers:", "tls/http.headers:", `:7:3: "tls/http.headers" matches no cell of edge; there is no listener "tls"; `},
		"cell without a limit":            {"  \"*\": {max: 60s}\n", "", `:6:1: 4 cells have no limit: edge/web/tcp.connected/silent, `},
		"no limits at all":                {"limits:\n  http.headers: {absolute: 4s, by: header_timeout}\n  \"*\": {max: 60s}\n", "", `:1:1: the file has neither "limits" nor "leftovers"; add limits to test timeouts, leftovers to test starts, or give --policy`},
		"port out of range":               {"port: 8080", "port: 70000", `:5:15: listeners.web.port is 70000; write at most 65535`},
		"port 0":                          {"port: 8080", "port: 0", `:5:15: listeners.web.port is 0; write at least 1`},
		"limit of 0":                      {"absolute: 4s", "absolute: 0s", `:7:28: limits.http.headers.absolute is 0; write a longer duration, or unbounded: with the reason if nothing ends the hold`},
		"duration without a unit":         {"absolute: 4s", "absolute: 4", `:7:28: limits.http.headers.absolute is`},
		"duration of no known unit":       {"absolute: 4s", "absolute: 4 seconds", `:7:28: limits.http.headers.absolute is "4 seconds"`},
		"empty file":                      {sound, "", `: is empty; begin it with`},
		"only comments":                   {sound, "# nothing\n\n", `: is empty; begin it with`},
		"not YAML":                        {sound, "version: [1\nname: }\n", `:1:1: is not YAML: `},
		"a binary":                        {sound, "\x7fELF\x02\x01\x01\x00\x00", `: is not YAML: `},
		"a list":                          {sound, "- version: 1\n", `:1:1: the file is a list`},
		"cycle of anchors":                {"listeners:\n", "env: &a {b: *a}\nlisteners:\n", `:4:`},
		"aliases that grow without bound": {sound, bomb(), `:1:16: has more than `},
		"neither image nor build":         {"image: example/edge:1\n", "", `:1:1: the file has neither image nor build; add one of the two`},
		"folder that is not there":        {"image: example/edge:1", "build: nowhere", `:3:8: build: the folder nowhere does not exist; write a path from the folder of this file`},
		"variable that is not set":        {"limits:\n", "env: {A: \"${env:STALEMATE_NO_SUCH}\"}\nlimits:\n", `:6:10: the environment variable STALEMATE_NO_SUCH is not set; type STALEMATE_NO_SUCH=VALUE`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			text := strings.Replace(sound, one.from, one.to, 1)
			g.Expect(text).NotTo(Equal(sound))
			file := filepath.Join(t.TempDir(), "target.yaml")
			g.Expect(os.WriteFile(file, []byte(text), 0o644)).To(Succeed())
			refused(t, path, file+one.says, "check", "-f", file)
		})
	}
}

// bomb is a billion laughs in little space.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return b.String()
}

// refused runs a command that has to be refused soon, and with 2.
func refused(t *testing.T, path string, says string, args ...string) {
	t.Helper()
	g := NewWithT(t)
	began := time.Now()
	e := execute(t, path, args...)
	g.Expect(time.Since(began)).To(BeNumerically("<", refusedWithin))
	g.Expect(e.exit).To(Equal(2), e.out+e.errOut)
	g.Expect(e.errOut).To(And(HavePrefix("stalemate: "), Not(ContainSubstring("panic"))))
	g.Expect(e.errOut).To(ContainSubstring(says))
	g.Expect(e.out).To(BeEmpty(), "a refusal is no report")
}

func TestAFileThatCannotBeOneIsRefused(t *testing.T) {
	path := binary(t)
	dir := t.TempDir()
	g := NewWithT(t)
	large := filepath.Join(dir, "large.yaml")
	file, err := os.Create(large)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(file.Truncate(100 << 20)).To(Succeed())
	g.Expect(file.Close()).To(Succeed())
	inside := filepath.Join(dir, "target.yaml")
	g.Expect(os.Mkdir(inside, 0o755)).To(Succeed())
	empty := t.TempDir()

	refused(t, path, large+": is larger than 1 MiB (104857600 bytes); is it the right file?", "check", "-f", large)
	refused(t, path, inside+": is a folder; write the path of a file", "check", "-f", dir)
	refused(t, path, empty+": has no target.yaml in it, nor two folders deep; give -f a target file, or a folder with a target.yaml", "check", "-f", empty)
	refused(t, path, filepath.Join(dir, "gone.yaml")+": does not exist; give -f a target file", "check", "-f", filepath.Join(dir, "gone.yaml"))
}

func TestAWrongCommandLineIsRefused(t *testing.T) {
	path := binary(t)
	g := NewWithT(t)
	dir := t.TempDir()
	save := func(name, text string) string {
		file := filepath.Join(dir, name)
		g.Expect(os.WriteFile(file, []byte(text), 0o644)).To(Succeed())
		return file
	}
	file := save("edge.yaml", sound)
	other := save("other.yaml", strings.Replace(sound, "name: edge", "name: other", 1))
	learned := save("learned.yaml", sound+"reviewed: false\n")
	policy := save("policy.yaml", "version: 1\nlimits: {\"*\": {idle: 3s}}\n")
	soon := time.Now().AddDate(0, 0, 300).Format(time.DateOnly)
	waivers := save("waivers.yaml", "version: 1\nwaivers:\n  - {cell: edge/web/http.body/silent, verdict: never, reason: r, ticket: T, expires: "+soon+"}\n")

	refused(t, path, "unknown flag: --file-name", "check", "--file-name", file)
	refused(t, path, "no -f, and no stalemate.yaml in this folder", "check")
	refused(t, path, `unknown command "chekc"`, "chekc", "-f", file)
	refused(t, path, `--only "edge/web/http.hedaers" matches no cell of `+file+": `stalemate list` shows all addresses", "check", "-f", file, "--only", "edge/web/http.hedaers")
	refused(t, path, `an alternative is empty`, "check", "-f", file, "--only", "edge||x")
	refused(t, path, `--fail-on "severe": give one of any, low, medium, high, critical`, "check", "-f", file, "--fail-on", "severe")
	refused(t, path, `--repeat 0: give 1 to 20`, "check", "-f", file, "--repeat", "0")
	refused(t, path, `--repeat 21: give 1 to 20`, "list", "-f", file, "--repeat", "21")
	refused(t, path, `--image x:1 goes with one target file, and 2 were given`, "check", "-f", file, "-f", other, "--image", "x:1")
	refused(t, path, `the name "edge" is that of`, "check", "-f", file, "-f", learned)
	refused(t, path, `--strict: 1 targets say `+"`reviewed: false`"+`: nobody has looked at their limits yet: edge (`+learned+`)`, "check", "-f", learned, "--strict")
	refused(t, path, policy+`:2:16: unknown key "idle" in limits.*; write one of max, worker`, "check", "-f", file, "--policy", policy)
	refused(t, path, waivers+`:3:86: expires is `+soon+`, more than 180 days ahead; write `, "check", "-f", file, "--waivers", waivers)
	refused(t, path, filepath.Join(dir, "none.yaml"), "check", "-f", file, "--waivers", filepath.Join(dir, "none.yaml"))
	refused(t, path, `and up to 2m27s if a server never closes a connection:`, "check", "-f", file, "--budget", "1m")
	refused(t, path, `invalid argument "6" for "--budget" flag`, "check", "-f", file, "--budget", "6")
}

// TestWithinTheBudgetIsNotRefused is the control of the refusal.
func TestWithinTheBudgetIsNotRefused(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "edge.yaml")
	g.Expect(os.WriteFile(file, []byte(sound+"reviewed: false\n"), 0o644)).To(Succeed())
	e := execute(t, binary(t), "check", "-f", file, "--budget", "6m", "--dry-run")
	g.Expect(e.exit).To(Equal(0), e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("3 targets, "), ContainSubstring("1 targets say `reviewed: false`")))
}
