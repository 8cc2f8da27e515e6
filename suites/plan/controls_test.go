package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// prepared is a known-bad target; its folder is built, so that it has relatives.
const prepared = `version: 1
name: NAME
build: ../server
capacity: 24
listeners:
  web: {port: 8080, proto: http, stages: [http.headers, http.keep-alive]}
  tls: {port: 8443, proto: https, stages: [tls.server-hello]}
ready: {listener: web, status: 200, within: 20s}
PREPARElimits:
  http.headers: {absolute: 3s}
  "*": {absolute: 4sEXPECT}
`

// family loads a poisoned target, the same target without preparation in another file, and a healthy one.
func family(t *testing.T) []*target.Target {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "server"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "server", "Dockerfile"), []byte("ARG BASE\nFROM ${BASE}\n"), 0o644)).To(Succeed())
	never := `, expect: never, evidence: restarted`
	var all []*target.Target
	for _, f := range []struct{ name, prepare, expect string }{
		{"bad", "prepare:\n  - request: {listener: web, path: /p, header: X-Child, workers: 24}\nexhaustion: {plain: web, tls: tls, expect: never}\n", never},
		{"forced", "", never},
		{"good", "exhaustion: {plain: web, tls: tls, recovers: 5s}\n", ""},
	} {
		path := filepath.Join(dir, f.name, "target.yaml")
		g.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(path, []byte(strings.NewReplacer("NAME", f.name, "PREPARE", f.prepare, "EXPECT", f.expect).Replace(prepared)), 0o644)).To(Succeed())
		loaded, err := target.Load(path, os.LookupEnv)
		g.Expect(err).NotTo(HaveOccurred())
		all = append(all, loaded)
	}
	return all
}

func byAddress(p *plan.Plan) map[string]*plan.Cell {
	all := map[string]*plan.Cell{}
	for _, c := range p.Cells {
		all[c.Address] = c
	}
	return all
}

func TestAPreparedTargetHasItsControlBesideIt(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make(family(t), plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	cells := byAddress(p)
	for address, control := range map[string]string{
		"bad/tls/tls.server-hello/silent":    "bad-fresh/tls/tls.server-hello/silent",
		"bad/web/http.headers/trickle":       "bad-fresh/web/http.headers/trickle",
		"forced/tls/tls.server-hello/silent": "good/tls/tls.server-hello/silent",
		"bad/exhaustion/slapper-wave":        "good/exhaustion/slapper-wave",
	} {
		g.Expect(cells).To(HaveKey(address))
		g.Expect(cells[address].Plan.Controls).To(ConsistOf(control), address)
		g.Expect(cells[control].Plan.Controls).To(ContainElement(address), "each is the control of the other")
		g.Expect(cells[control].Plan.Expect).To(Equal(record.Fired))
	}
	g.Expect(cells["bad/tls/tls.server-hello/silent"].Plan.Expect).To(Equal(record.Never))
	g.Expect(cells).NotTo(HaveKey("bad-fresh/exhaustion/slapper-wave"))
}

// family's targets as they are when one file is named, and the control of it is another's.
func TestAControlInAnotherFileIsMissed(t *testing.T) {
	g := NewWithT(t)
	all := family(t)
	forced, good := all[1], all[2]
	forced.Control = "good"
	const cell, control = "forced/tls/tls.server-hello/silent", "good/tls/tls.server-hello/silent"
	p, err := plan.Make([]*target.Target{forced}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)[cell].Plan.Controls).To(ConsistOf(control), "so that the verdict can say that it is not there")
	g.Expect(byAddress(p)[cell].Plan.Overrides).To(BeEmpty())

	p, err = plan.Make([]*target.Target{forced, good}, plan.Selection{Only: "forced/tls"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)).To(And(HaveLen(2), HaveKey(control)))
	g.Expect(byAddress(p)[cell].Plan.Overrides).To(Equal([]string{"-f", good.File}), "for the command that repeats it")
	g.Expect(byAddress(p)[control].Plan.Overrides).To(BeEmpty(), "a healthy cell proves itself")

	// What holds for ever without the cause as well is no control, and nothing is missing.
	for i := range good.Limits {
		good.Limits[i].Expect = record.Never
	}
	p, err = plan.Make([]*target.Target{forced, good}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)[cell].Plan.Controls).To(BeEmpty())
}

func TestAScenarioWhoseControlIsInAnotherFile(t *testing.T) {
	g := NewWithT(t)
	load := func(name string) *target.Target {
		loaded, err := target.Load(filepath.Join("..", "..", "fixtures", name, "target.yaml"), os.LookupEnv)
		g.Expect(err).NotTo(HaveOccurred())
		return loaded
	}
	bad, fixed := load("digest/unfixed-posix"), load("digest/stock-posix")
	const cell = "digest-unfixed-posix/startup/as-reported"
	p, err := plan.Make([]*target.Target{bad}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)[cell].Plan.Controls).To(ConsistOf("digest-stock-posix/startup/as-reported"))
	p, err = plan.Make([]*target.Target{bad, fixed}, plan.Selection{Only: cell})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)).To(And(HaveLen(2), HaveKey("digest-stock-posix/startup/as-reported")))
	g.Expect(byAddress(p)[cell].Plan.Overrides).To(Equal([]string{"-f", fixed.File}))
}

// A file that is named again must hold the controls of its controls too.
func TestTheFilesOfAllControlsAreNamed(t *testing.T) {
	g := NewWithT(t)
	scenario := func(name, control string) *target.Target {
		return loaded(t, "version: 1\nname: "+name+"\nimage: x\nlisteners: {web: {port: 80, proto: http}}\nleftovers:\n  pid: 4242\n  cycles: 2\n  scenarios:\n"+
			"    s: {because: b"+control+", steps: [{start: 0, expect: starts}]}\n")
	}
	a, b, c := scenario("a", ", control: b/startup/s"), scenario("b", ", control: c/startup/s"), scenario("c", "")
	p, err := plan.Make([]*target.Target{a, b, c}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)["a/startup/s"].Plan.Overrides).To(Equal([]string{"-f", b.File, "-f", c.File}))
	g.Expect(byAddress(p)["c/startup/s"].Plan.Overrides).To(BeEmpty())
}

func TestEveryKnownBadCellHasAControl(t *testing.T) {
	g := NewWithT(t)
	all, err := target.LoadAll([]string{"../../fixtures"}, os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	p, err := plan.Make(all, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	cells := byAddress(p)
	for address, c := range cells {
		if c.Plan.Expect != record.Never {
			continue
		}
		g.Expect(c.Plan.Controls).NotTo(BeEmpty(), address)
		for _, control := range c.Plan.Controls {
			g.Expect(cells).To(HaveKey(control), address)
			g.Expect(cells[control].Plan.Expect).To(Equal(record.Fired), address)
		}
	}
	// stock exim has the fault in every build: another stage shows that its timer works
	g.Expect(cells["exim/smtps/tls.client-hello/silent"].Plan.Controls).To(Equal([]string{"exim/smtps/tls.server-hello/silent"}))
}

func TestHealthyRelativesAreInspected(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make(family(t), plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	inspected := map[string]bool{}
	for _, w := range p.Batches {
		for _, u := range w.Units {
			if u.Suite == plan.TimeoutSuite {
				inspected[u.Target.Name] = inspected[u.Target.Name] || u.Inspect != nil
			}
		}
	}
	g.Expect(inspected).To(Equal(map[string]bool{"bad": false, "bad-fresh": true, "forced": false, "good": true}))
}

func TestOnlyKeepsWhatProvesACell(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make(family(t), plan.Selection{Only: "bad/tls"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(byAddress(p)).To(And(HaveLen(2), HaveKey("bad/tls/tls.server-hello/silent"), HaveKey("bad-fresh/tls/tls.server-hello/silent")))
}

func TestAWaveHasAPodOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make(family(t), plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	p = p.OnlySuite(plan.ExhaustionSuite)
	g.Expect(p.Cells).To(HaveLen(2))
	g.Expect(p.Batches).To(HaveLen(1))
	for _, u := range p.Batches[0].Units {
		g.Expect(u.Suite).To(Equal(plan.ExhaustionSuite))
		g.Expect(u.Cells).To(HaveLen(1))
		g.Expect(u.Holds()).To(Equal(25), "20 silent, the look at the plain port, and four SSL 2.0 hellos")
		if limit := u.Cells[0].Plan.Limit; limit != nil {
			g.Expect(limit.TooLate).To(Equal(0.5), "a recovery has the tolerance of any limit")
		}
	}
}

func TestASilentWaveHasItsControl(t *testing.T) {
	g := NewWithT(t)
	var pair []*target.Target
	for _, name := range []string{"plack-unsafe", "plack-safe"} {
		loaded, err := target.Load(filepath.Join("..", "..", "fixtures", name, "target.yaml"), os.LookupEnv)
		g.Expect(err).NotTo(HaveOccurred())
		pair = append(pair, loaded)
	}
	p, err := plan.Make(pair, plan.Selection{Only: "*/exhaustion"})
	g.Expect(err).NotTo(HaveOccurred())
	bad := byAddress(p)["plack-unsafe/exhaustion/silent-wave"]
	g.Expect(bad).NotTo(BeNil())
	g.Expect(bad.Plan.Controls).To(ConsistOf("plack-safe/exhaustion/silent-wave"))
	g.Expect(plan.WaveConnections(bad.Target.Exhaustion)).To(Equal(1))
}
