package terminal

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"stalemate/reports/record"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

var update = flag.Bool("update", false, "write the golden files anew")

func every(t *testing.T) record.Summary {
	t.Helper()
	events, err := record.ReadFile("../testdata/every-verdict.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return record.Summarise(events)
}

func drawn(t *testing.T, s record.Summary, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, s, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	const path = "../testdata/every-verdict.terminal.txt"
	got := drawn(t, every(t), Options{Width: 80, Reports: []string{"reports/out/junit.xml"}})
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	NewWithT(t).Expect(got).To(Equal(string(want)))
}

func TestNothingIsWiderThanTheTerminal(t *testing.T) {
	for _, width := range []int{80, 100, 160} {
		for row := range strings.Lines(drawn(t, every(t), Options{Width: width})) {
			if strings.HasPrefix(row, "    again ") { // a command must stay in one piece
				continue
			}
			if n := utf8.RuneCountInString(strings.TrimRight(row, "\n")); n > width {
				t.Errorf("%d columns of %d: %s", n, width, row)
			}
		}
	}
}

func TestATargetsNameStaysInOnePiece(t *testing.T) {
	g := NewWithT(t)
	s := every(t)
	longest := strings.Repeat("a-name-", 5) + "of-40" + "-fresh" // a file's may have 40, and its control adds to it
	s.Targets[0].Name = longest
	for _, width := range []int{MinWidth, 80, DefaultWidth, 160} {
		g.Expect(drawn(t, s, Options{Width: width})).To(MatchRegexp(`(?m)^`+longest+` `), "in %d columns grep finds it", width)
	}
	s.Targets[0].Name = strings.Repeat("x", 200)
	g.Expect(drawn(t, s, Options{Width: 100})).NotTo(MatchRegexp(`(?m)^`+s.Targets[0].Name), "no file has such a name")
}

func TestColourOnlyWhereAsked(t *testing.T) {
	g := NewWithT(t)
	g.Expect(drawn(t, every(t), Options{Width: 80})).NotTo(ContainSubstring("\x1b"))
	coloured := drawn(t, every(t), Options{Width: 80, Colour: true})
	g.Expect(coloured).To(ContainSubstring("\x1b[31;1mFAIL"))
	g.Expect(coloured).NotTo(ContainSubstring("\x1b[1mbad"), "what a server logs is not passed on")
}

func TestNoTerminalNoColour(t *testing.T) {
	g := NewWithT(t)
	file, err := os.Create(t.TempDir() + "/out")
	g.Expect(err).NotTo(HaveOccurred())
	defer file.Close()
	g.Expect(OptionsFor(file, func(string) string { return "" })).To(Equal(Options{Width: DefaultWidth}))
}

func TestTerminalHasItsColoursAndWidth(t *testing.T) {
	g := NewWithT(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer master.Close()
	g.Expect(unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: 91, Row: 24})).To(Succeed())
	with := func(set map[string]string) Options {
		return OptionsFor(master, func(name string) string { return set[name] })
	}
	g.Expect(with(nil)).To(Equal(Options{Width: 91, Colour: true}))
	g.Expect(with(map[string]string{"NO_COLOR": "1"}).Colour).To(BeFalse())
	g.Expect(with(map[string]string{"TERM": "dumb"}).Colour).To(BeFalse())
}

func TestLongListsAreShort(t *testing.T) {
	g := NewWithT(t)
	short := drawn(t, every(t), Options{Width: 80, Most: 2, Log: "out/log.jsonl"})
	g.Expect(short).To(ContainSubstring("5 more cells failed"))
	g.Expect(short).To(ContainSubstring("stalemate report out/log.jsonl --all"))
	all := drawn(t, every(t), Options{Width: 80, Most: -1})
	g.Expect(all).NotTo(ContainSubstring("--all"))
}

func TestLastLineSaysItAll(t *testing.T) {
	g := NewWithT(t)
	rows := strings.Split(strings.TrimSpace(drawn(t, record.Summarise(nil), Options{Width: 80})), "\n")
	g.Expect(rows[len(rows)-1]).To(And(HavePrefix("INCONCLUSIVE  0 cells"), HaveSuffix("exit 3")))
}

func TestNothingStandsForACommandThatThereIsNot(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	p := &page{out: &out, o: Options{}.filled()}
	p.verbatim("again", "")
	g.Expect(out.String()).To(BeEmpty())
	p.verbatim("again", "stalemate check")
	g.Expect(out.String()).To(Equal("    again    stalemate check\n"))
}
