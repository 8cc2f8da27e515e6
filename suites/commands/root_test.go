package commands

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra"
)

func TestNoErrorMovesTheCursor(t *testing.T) {
	g := NewWithT(t)
	code, out := command("check", "-f", "\x1b[2J\r\nb.yaml")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(HavePrefix("stalemate: [2J\nb.yaml: does not exist"), "lines stay: a list of faults has one for each")
}

func TestNoCommandIsThereTwice(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, c := range Root().Commands() {
		g.Expect(seen[c.Name()]).To(BeFalse(), c.Name())
		seen[c.Name()] = true
	}
	g.Expect(seen).To(HaveKey("learn"))
}

func TestTheMostUsedCommandsComeFirst(t *testing.T) {
	g := NewWithT(t)
	code, out := command("--help")
	g.Expect(code).To(Equal(ExitOK), out)
	last := -1
	for _, name := range []string{"check", "learn", "compare", "list", "hold", "inspect", "doctor", "report", "render", "clean", "version"} {
		at := strings.Index(out, "\n  "+name+" ")
		g.Expect(at).To(BeNumerically(">", last), name)
		last = at
	}
}

// TestHelpFitsAPage reads the help of every command that people see.
func TestHelpFitsAPage(t *testing.T) {
	g := NewWithT(t)
	width, err := strconv.Atoi(helpWidth)
	g.Expect(err).NotTo(HaveOccurred())
	read := 0
	for _, c := range append([]*cobra.Command{Root()}, Root().Commands()...) {
		if c.Hidden {
			continue
		}
		args := []string{"--help"}
		if c.HasParent() {
			args = []string{c.Name(), "--help"}
		}
		code, out := command(args...)
		g.Expect(code).To(Equal(ExitOK), out)
		for line := range strings.Lines(out) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("%s: a line of %d characters: %s", c.CommandPath(), n, line)
			}
		}
		read++
	}
	g.Expect(read).To(BeNumerically(">", 10))
}

func TestAWrongFlagNamesTheHelp(t *testing.T) {
	g := NewWithT(t)
	code, out := command("check", "--wrong")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(Equal("stalemate: unknown flag: --wrong\nsee `stalemate check --help`\n"))
	code, out = command("report")
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(Equal("stalemate: 0 arguments: give one LOG, as in `stalemate report LOG [flags]`\nsee `stalemate report --help`\n"))
}

// TestANameThatIsEmptyIsRefused is what a variable that is not set leaves of --image "$UNSET" and of --policy "$UNSET".
func TestANameThatIsEmptyIsRefused(t *testing.T) {
	file := planned(t)
	for name, args := range map[string][]string{
		"check":              {"check", "-f", file, "--dry-run", "--image", ""},
		"check, with =":      {"check", "-f", file, "--dry-run", "--image="},
		"list":               {"list", "-f", file, "--image", ""},
		"render":             {"render", "-f", file, "--image", ""},
		"the baseline":       {"compare", "-f", file, "--dry-run", "--candidate", "example/edge:2", "--baseline", ""},
		"the candidate":      {"compare", "-f", file, "--dry-run", "--candidate-file", file, "--candidate", ""},
		"a policy":           {"check", "-f", file, "--dry-run", "--policy", ""},
		"waivers":            {"check", "-f", file, "--dry-run", "--waivers="},
		"compare, a policy":  {"compare", "-f", file, "--dry-run", "--candidate", "example/edge:2", "--policy", ""},
		"compare, waivers":   {"compare", "-f", file, "--dry-run", "--candidate", "example/edge:2", "--waivers", ""},
		"a pattern":          {"check", "-f", file, "--dry-run", "--only", ""},
		"a pattern of list":  {"list", "-f", file, "--only", " "},
		"compare, only":      {"compare", "-f", file, "--dry-run", "--candidate", "example/edge:2", "--only="},
		"the other file":     {"compare", "-f", file, "--dry-run", "--candidate-file", ""},
		"the baseline's log": {"compare", "-f", file, "--dry-run", "--candidate", "example/edge:2", "--baseline-log", ""},
		"learn":              {"learn", ""},
		"learn with a file":  {"learn", "", "-f", filepath.Join(t.TempDir(), "partial.yaml")},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			code, out := command(args...)
			g.Expect(code).To(Equal(ExitUsage), out)
			g.Expect(out).To(MatchRegexp(`(is empty|has no name); is a variable not set\?`))
		})
	}
}
