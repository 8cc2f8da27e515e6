package commands

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/suites/learn"
)

// noEngine makes sure that a command which gets so far ends there, and not with a server.
func noEngine(t *testing.T) { t.Setenv("DOCKER_HOST", "nothing://here") }

func TestLearnRefusesBeforeAnythingRuns(t *testing.T) {
	noEngine(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "there.yaml")
	NewWithT(t).Expect(os.WriteFile(file, []byte("mine"), 0o644)).To(Succeed())
	link := filepath.Join(dir, "link")
	NewWithT(t).Expect(os.Symlink("nowhere", link)).To(Succeed())
	for _, one := range []struct {
		says string
		args []string
	}{
		{"port 99999 in --http or --https: give 1 to 65535", []string{"--http", "99999"}},
		{"write " + dir + "/none/t.yaml: no such file or directory", []string{"-o", dir + "/none/t.yaml"}},
		{"write " + dir + "/none/w.yaml: no such file or directory", []string{"--waivers", dir + "/none/w.yaml"}},
		{"write " + file + "/t.yaml: not a directory", []string{"-o", file + "/t.yaml"}},
		{"write " + dir + ": it is a folder: name a file in it", []string{"-o", dir}},
		{"write " + link + ": it is a symbolic link to a file that does not exist", []string{"-o", link}},
		{file + " is given for both the target file and the waivers: name two files", []string{"-o", file, "--waivers", dir + "/./there.yaml"}},
	} {
		t.Run(one.says, func(t *testing.T) {
			g := NewWithT(t)
			code, out := command(append([]string{"learn", "example/edge:1"}, one.args...)...)
			g.Expect(code).To(Equal(ExitUsage), out)
			g.Expect(out).To(ContainSubstring(one.says))
		})
	}
	left, err := os.ReadDir(dir)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(HaveLen(2), "the file and the link")
	g.Expect(os.ReadFile(file)).To(BeEquivalentTo("mine"))
}

// TestLearnHidesSecrets has the one thing that is said without an engine say a secret.
func TestLearnHidesSecrets(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	partial := filepath.Join(dir, "partial.yaml")
	g.Expect(os.WriteFile(partial, []byte("image: example/edge:1\nenv: {TOKEN: \"${env:STALEMATE_TEST_TOKEN}\"}\n"), 0o644)).To(Succeed())
	t.Setenv("STALEMATE_TEST_TOKEN", "s3cr3t")
	t.Setenv("DOCKER_HOST", "s3cr3t://here")
	code, out := command("learn", "-f", partial, "--out", dir, "-o", filepath.Join(dir, "s3cr3t.yaml"))
	g.Expect(code).To(Equal(ExitInconclusive))
	g.Expect(out).To(ContainSubstring("nothing was learnt: DOCKER_HOST is ***://here"))
	g.Expect(out).NotTo(ContainSubstring("s3cr3t"))
	g.Expect(filepath.Join(dir, "events.jsonl")).NotTo(BeAnExistingFile(), "a run that did not begin")
	g.Expect(filepath.Join(dir, "s3cr3t.yaml")).NotTo(BeAnExistingFile())

	code, out = command("learn", "-f", partial, "-o", filepath.Join(dir, "s3cr3t", "t.yaml"))
	g.Expect(code).To(Equal(ExitUsage))
	g.Expect(out).To(And(ContainSubstring("/***/t.yaml: no such file"), Not(ContainSubstring("s3cr3t"))))
}

var learnt = learn.Written{Target: "the target\n", Waivers: "the waivers\n", Limited: 7,
	Weaknesses: []string{"http.body/trickle: not released within 90s, while a byte came every 700ms; set http.Server.ReadTimeout to end it"}}

// reported is the report of a learn that wrote these, and what to type next.
func reported(wrote, next string) string {
	return "learnt: 7 cells with a limit, 1 weakness\n" +
		"  WEAKNESS http.body/trickle: not released within 90s, while a byte came every\n    700ms; set http.Server.ReadTimeout to end it\n" +
		wrote + "Next: stalemate check -f " + next + "\n"
}

// ended delivers to those names and gives what was printed. Between the beginning and the end, change happens.
func ended(t *testing.T, to files, closed error, change func()) (out, errOut string, err error) {
	t.Helper()
	outputs, err := to.reserve()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	change()
	var o, e bytes.Buffer
	err = outputs.end(learnt, nil, closed, &o, &e)
	return o.String(), e.String(), err
}

func TestWhatWasLearntIsWritten(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	target, waivers, link := filepath.Join(dir, "t.yaml"), filepath.Join(dir, "w.yaml"), filepath.Join(dir, "link")
	g.Expect(os.WriteFile(target, []byte("what was there, which is longer"), 0o600)).To(Succeed())
	g.Expect(os.Symlink("t.yaml", link)).To(Succeed())
	out, errOut, err := ended(t, files{target: link, waivers: waivers}, nil, func() { g.Expect(os.ReadFile(target)).To(HaveLen(31), "until the end") })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(BeEmpty())
	g.Expect(errOut).To(Equal(reported("learn wrote "+link+".\nlearn wrote "+waivers+". It accepts the weaknesses for 90 days.\n", link+" --waivers "+waivers)))
	g.Expect(os.ReadFile(target)).To(BeEquivalentTo("the target\n"))
	g.Expect(os.ReadFile(waivers)).To(BeEquivalentTo("the waivers\n"))
	g.Expect(os.Readlink(link)).To(Equal("t.yaml"))
	info, err := os.Stat(target)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().Perm()).To(BeEquivalentTo(0o600))
	g.Expect(os.ReadDir(dir)).To(HaveLen(3))

	out, _, err = ended(t, files{target: os.DevNull}, nil, func() {})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(out).To(BeEmpty())
	info, err = os.Stat(os.DevNull)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(info.Mode().IsRegular()).To(BeFalse(), "nothing takes its place")
}

// TestWhatWasLearntIsNotLost has the folder go, and the run end badly, when all has been measured.
func TestWhatWasLearntIsNotLost(t *testing.T) {
	dir := func() string { return filepath.Join(t.TempDir(), "folder") }
	for name, one := range map[string]struct {
		target, waivers, closed bool
		out, errOut             string
	}{
		"to standard output": {closed: true, out: "the target\n",
			errOut: reported("learn wrote the target file to standard output. Save it as target.yaml.\n", "target.yaml")},
		"the target":               {target: true, out: "the target\n"},
		"both":                     {target: true, waivers: true, out: "the target\n", errOut: "the waivers\n"},
		"the waivers, both to out": {waivers: true, out: "the target\n", errOut: "the waivers\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			folder, to := dir(), files{}
			g.Expect(os.Mkdir(folder, 0o755)).To(Succeed())
			if one.target {
				to.target = filepath.Join(folder, "t.yaml")
			}
			if one.waivers {
				to.waivers = filepath.Join(folder, "w.yaml")
			}
			var closed error
			if one.closed {
				closed = errors.New("the reaper found something")
			}
			out, errOut, err := ended(t, to, closed, func() { g.Expect(os.Remove(folder)).To(Succeed()) })
			g.Expect(out).To(Equal(one.out))
			g.Expect(errOut).To(Equal(one.errOut))
			if one.closed {
				g.Expect(err).To(MatchError("end the run: the reaper found something"))
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring("no such file or directory")))
		})
	}
}

func TestOnlyTheWaiversAreLost(t *testing.T) {
	g := NewWithT(t)
	target, folder := filepath.Join(t.TempDir(), "t.yaml"), filepath.Join(t.TempDir(), "folder")
	g.Expect(os.Mkdir(folder, 0o755)).To(Succeed())
	out, errOut, err := ended(t, files{target: target, waivers: filepath.Join(folder, "w.yaml")}, nil, func() { g.Expect(os.Remove(folder)).To(Succeed()) })
	g.Expect(err).To(MatchError(ContainSubstring("w.yaml: no such file or directory")))
	g.Expect(os.ReadFile(target)).To(BeEquivalentTo("the target\n"))
	g.Expect(out).To(Equal("the waivers\n"))
	g.Expect(errOut).To(BeEmpty())
}
