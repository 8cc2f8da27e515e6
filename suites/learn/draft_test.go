package learn

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/inspect"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// of learns from a partial file in a folder where there is something to name.
func of(t *testing.T, partial string) Options {
	t.Helper()
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "conf")
	for name, text := range map[string]string{"partial.yaml": partial, "image/Dockerfile": "FROM scratch\n", "some.conf": "x"} {
		g.Expect(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)).To(Succeed())
	}
	return Options{Partial: filepath.Join(dir, "partial.yaml"), Cap: DefaultCap, Repeats: DefaultRepeats, Now: time.Now()}
}

// shown is what a target with a plain and an encrypted port shows of itself.
func shown(d *draft) *seen {
	return &seen{
		ports: []port{{number: 8080, comm: "edge", http: true, status: 200}, {number: 8443, comm: "edge", tls: []string{"1.2", "1.3"}, http: true, status: 200, asked: "1.3"}},
		given: d.has["listeners"], restart: restart{pid: forcedPID, number: restarts},
	}
}

// concluded is the file that is written when every hold was released after five seconds; change may alter what was seen.
func concluded(t *testing.T, o Options, change func(*seen, []finding)) (string, error) {
	t.Helper()
	g := NewWithT(t)
	d, _, err := o.check()
	g.Expect(err).NotTo(HaveOccurred())
	s := shown(d)
	d.add(s.sections()...)
	p, err := cells(d, o)
	g.Expect(err).NotTo(HaveOccurred())
	var all []measured
	for _, cell := range p.Cells {
		g.Expect(cell.Plan.Suite).To(Equal(plan.TimeoutSuite), "nothing else is held")
		g.Expect(cell.Plan.Holds).To(Equal(o.Repeats), "whatever the file asks of check")
		all = append(all, measured{cell: cell, holds: []record.HoldState{holdOf(5.01, 0), holdOf(5.02, 0)}})
	}
	found := find(all, o.Cap.Seconds())
	change(s, found)
	written, err := conclude(d, s, found, o)
	return written.Target, err
}

// unwrapped has each comment on one line.
func unwrapped(text string) string { return strings.ReplaceAll(text, "\n#   ", " ") }

func unchanged(*seen, []finding) {}

// TestWhatAPartialFileGivesIsWrittenOnce has every key that a partial file may have, each by itself and all together.
func TestWhatAPartialFileGivesIsWrittenOnce(t *testing.T) {
	listeners := "listeners:\n  web: {port: 8080, proto: http}\n  tls: {port: 8443, proto: https}\n"
	cases := map[string]string{
		"none": "", "name": "name: edge\n", "version": "version: 1\n", "listeners": listeners,
		"cap": "cap: 3m\n", "repeat": "repeat: 1\n", "capacity": "capacity: 400\n", "request": "request: {host: shop.test, path: /here}\n",
		"ready": "ready: {path: /health, status: 204, within: 1m}\n", "leftovers": "leftovers: {pid: 5000, cycles: 3}\n",
		"restart_as": "restart_as: docker\n", "if_absent": "if_absent: not-run\n",
		"exhaustion":          listeners + "exhaustion: {plain: web, recovers: 6s}\n",
		"ready of a listener": listeners + "ready: {listener: tls}\n", "oracles": "leftovers: {oracles: [{name: static}]}\n",
		"thorough": "leftovers: {thorough: \"*\"}\n",
	}
	all := listeners
	for _, key := range []string{"name", "version", "cap", "repeat", "capacity", "request", "leftovers", "restart_as", "if_absent"} {
		all += cases[key]
	}
	cases["all"] = all
	for name, given := range cases {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			text, err := concluded(t, of(t, given+"image: example/edge:1\n"), unchanged)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(text).To(ContainSubstring(given), "as it was written")
			g.Expect(text).To(ContainSubstring("\nreviewed: false"))
		})
	}
}

// TestAServerThatIsPID1 needs a file that does not ask for another number.
func TestAServerThatIsPID1(t *testing.T) {
	g := NewWithT(t)
	text, err := concluded(t, of(t, "image: example/edge:1\nrestart_as: bare\n"), func(s *seen, _ []finding) { s.restart.pid = 1 })
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).To(ContainSubstring("\nleftovers: {pid: 1, cycles: 2}\n"))
}

// TestTheLongestLimitFitsTheShortestCap is why a shorter cap is refused before anything is measured.
func TestTheLongestLimitFitsTheShortestCap(t *testing.T) {
	g := NewWithT(t)
	o := of(t, "image: example/edge:1\ncap: 107s\n")
	_, err := concluded(t, o, func(_ *seen, found []finding) {
		for i := range found {
			found[i].seconds, found[i].granularity = o.Cap.Seconds()+beyondCap.Seconds()+0.5, unreadGranularity
		}
	})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = of(t, "image: example/edge:1\ncap: 106s\n").Check()
	g.Expect(err).To(MatchError(ContainSubstring("cap is 1m46s, but with --cap 1m30s a limit may need 1m47s")))
}

func TestWhatCannotBeLearntIsRefusedAtOnce(t *testing.T) {
	image := "image: example/edge:1\n"
	for name, one := range map[string]struct {
		partial string
		change  func(*Options)
		says    string
	}{
		"limits":                      {image + "limits: {\"*\": {max: 1s}}\n", nil, `remove "limits": learn writes it`},
		"reviewed":                    {image + "reviewed: false\n", nil, `remove "reviewed": learn writes it`},
		"prepare":                     {image + "prepare: []\n", nil, `remove "prepare": learn cannot use it`},
		"a nameless listener":         {image + "ready: {listener: web}\n", nil, `ready.listener names a listener, but the file has no listeners: add them, or remove it`},
		"exhaustion":                  {image + "exhaustion: {plain: web, recovers: 6s}\n", nil, `exhaustion names a listener, but the file has no listeners`},
		"twice":                       {image + "name: a\nname: b\n", nil, `partial.yaml:3:1: duplicate key "name", first in line 2`},
		"too large":                   {strings.Repeat("#\n", 1<<20), nil, `partial.yaml: is larger than 1 MiB (2097152 bytes); is it the right file?`},
		"no port":                     {image, func(o *Options) { o.HTTP = []int{99999} }, `port 99999 in --http or --https: give 1 to 65535`},
		"port 0":                      {image, func(o *Options) { o.HTTPS = []int{0} }, `port 0 in --http or --https`},
		"both protocols":              {image, func(o *Options) { o.HTTP, o.HTTPS = []int{80}, []int{443, 80} }, `port 80 is given twice`},
		"a path that cannot be moved": {"build: >-\n  image\n", nil, `partial.yaml:1:8: stalemate cannot rewrite the path image for another folder`},
	} {
		t.Run(name, func(t *testing.T) {
			o := of(t, one.partial)
			if one.change != nil {
				one.change(&o)
			}
			_, err := o.Check()
			NewWithT(t).Expect(err).To(And(MatchError(ErrRequest), MatchError(ContainSubstring(one.says))))
		})
	}
}

// TestPathsOfAPartialFileHoldWhereItIsWritten reads what was written from where it was written to.
func TestPathsOfAPartialFileHoldWhereItIsWritten(t *testing.T) {
	g := NewWithT(t)
	o := of(t, "build: image\nfiles: [{from: some.conf, to: /some.conf}]\n")
	conf := filepath.Dir(o.Partial)
	for output, build := range map[string]string{
		"":                                  filepath.Join(conf, "image"),
		filepath.Join(conf, "target.yaml"):  "image",
		filepath.Join(conf, "..", "t.yaml"): "conf/image",
	} {
		o.Output = output
		text, err := concluded(t, o, unchanged)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(text).To(MatchRegexp(`(?m)^build: "?%s"?$`, build))
		if output == "" {
			output = filepath.Join(t.TempDir(), "anywhere.yaml")
		}
		g.Expect(os.WriteFile(output, []byte(text), 0o644)).To(Succeed())
		target, err := target.Load(output, os.LookupEnv)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(target.Build).To(Equal(filepath.Join(conf, "image")))
		g.Expect(target.Files[0].From).To(Equal(filepath.Join(conf, "some.conf")))
	}
}

// TestNoSecretIsWritten has the server say its secret wherever what it says is written down.
func TestNoSecretIsWritten(t *testing.T) {
	const secret = "s3cr3t  in\tfour p4rts"
	t.Setenv("STALEMATE_TEST_TOKEN", secret)
	g := NewWithT(t)
	o := of(t, "image: example/edge:1\nenv: {TOKEN: \"${env:STALEMATE_TEST_TOKEN}\"}\n")
	target, err := o.Check()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(target.Secrets).To(Equal([]string{secret}))
	text, err := concluded(t, o, func(s *seen, found []finding) {
		s.server.header = "Edge " + secret
		s.loopback = []inspect.Listener{{Comm: secret, Address: "127.0.0.1", Port: 1}}
		s.ports[0].comm = secret
		s.restart = restart{pid: forcedPID, number: 1, failed: "the log has " + secret, leaves: []string{"file /run/" + secret}}
		found[0].outcome, found[0].why = unknown, "the server answered "+secret
		last := slices.IndexFunc(found, func(f finding) bool { return f.cell.Address == "edge/tls13/http.keep-alive/silent" })
		found[last].outcome, found[last].why = notApplicable, "the server answered "+secret
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).NotTo(Or(ContainSubstring("s3cr3t"), ContainSubstring("p4rts")))
	g.Expect(unwrapped(text)).To(And(ContainSubstring("Server: Edge ***."), ContainSubstring("Left out: *** listens"), ContainSubstring("Port 8080 (***)"), ContainSubstring("the log has ***"), ContainSubstring("/run/***"), ContainSubstring("/tcp.connected: the server answered ***"), ContainSubstring("Not applicable: tls13/http.keep-alive: the server answered ***")))
	g.Expect(text).To(ContainSubstring("${env:STALEMATE_TEST_TOKEN}"))
}

// TestASecretThatIsAWordOfTheFile must not take the file's meaning away.
func TestASecretThatIsAWordOfTheFile(t *testing.T) {
	t.Setenv("STALEMATE_TEST_TOKEN", "listeners")
	_, err := concluded(t, of(t, "image: example/edge:1\nenv: {TOKEN: \"${env:STALEMATE_TEST_TOKEN}\"}\n"), unchanged)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
}

func TestHalfASecretIsNotLeftAtTheCut(t *testing.T) {
	g := NewWithT(t)
	said := lastLines(strings.Repeat("x", 700)+"the-secret"+strings.Repeat("y", 595), Mask([]string{"the-secret"}))
	g.Expect(said).To(And(HaveSuffix("***"+strings.Repeat("y", 595)), Not(ContainSubstring("ecret"))))
	g.Expect(lastLines(" \n", Mask(nil))).To(Equal("its log is empty"))
}

// TestWhatIsNotMeasuredIsNamed lists what a listener of each protocol does not have by itself.
func TestWhatIsNotMeasuredIsNamed(t *testing.T) {
	g := NewWithT(t)
	text, err := concluded(t, of(t, "image: example/edge:1\n"), unchanged)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(unwrapped(text)).To(ContainSubstring("# Not measured: tls.sslv2-hello, http.expect-100, http.chunk. " +
		"To hold them, list them under `stages` of a listener.\n"))
	text, err = concluded(t, of(t, "image: example/edge:1\nrequest: {path: /}\nlisteners: {web: {port: 1, proto: http}}\n"), unchanged)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(unwrapped(text)).To(And(ContainSubstring("# Not measured: http.expect-100, http.chunk. To"), ContainSubstring("# Not measured: http.body, http.response. To hold them, give request body and large.\n")))
	text, err = concluded(t, of(t, "image: example/edge:1\nlisteners: {raw: {port: 1, proto: tcp}}\n"), unchanged)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).NotTo(ContainSubstring("Not measured"))
}

func TestCommentsFitALine(t *testing.T) {
	g := NewWithT(t)
	text := comments("  ", []string{strings.Repeat("word ", 60), "short"})
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	g.Expect(lines).To(HaveLen(5))
	for i, line := range lines {
		g.Expect(len(line)).To(BeNumerically("<=", commentWidth))
		g.Expect(line).To(HavePrefix("  # "))
		g.Expect(strings.HasPrefix(line, "  #   ")).To(Equal(i > 0 && i < 4), "further lines are indented")
	}
	g.Expect(strings.Count(text, "word")).To(Equal(60))
}
