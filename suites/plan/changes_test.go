package plan_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func policy(t *testing.T, text string) *target.Policy {
	t.Helper()
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "policy.yaml")
	g.Expect(os.WriteFile(path, []byte("version: 1\nlimits:\n"+text), 0o644)).To(Succeed())
	p, err := target.LoadPolicy(path)
	g.Expect(err).NotTo(HaveOccurred())
	return p
}

func TestChangesOfTheCommandLine(t *testing.T) {
	g := NewWithT(t)
	one, other := loaded(t, file+limits), loaded(t, file+limits)
	g.Expect(plan.Changes{}.Apply([]*target.Target{one})).To(Succeed())
	g.Expect([]any{one.Image, one.Repeat}).To(Equal([]any{"example/edge:1", 2}), "nothing asked, nothing changed")
	g.Expect(plan.Changes{Image: "example/edge:2", Repeat: 5}.Apply([]*target.Target{one})).To(Succeed())
	g.Expect([]any{one.Image, one.Build, one.Repeat}).To(Equal([]any{"example/edge:2", "", 5}))
	g.Expect(one.Overrides).To(Equal([]string{"--image", "example/edge:2", "--repeat", "5"}))
	g.Expect(plan.Changes{Registry: "mirror:5000"}.Apply([]*target.Target{one})).To(Succeed())
	g.Expect(one.Overrides).To(Equal([]string{"--registry", "mirror:5000"}), "the command that repeats a cell asks the same registry")
	g.Expect(plan.Changes{Image: "x"}.Apply([]*target.Target{one, other})).To(MatchError(ContainSubstring("2 were given")))
	g.Expect(plan.Changes{Repeat: plan.MaxRepeat + 1}.Apply([]*target.Target{one})).To(MatchError(ContainSubstring("1 to 20")))
	g.Expect(plan.Changes{Repeat: -1}.Apply([]*target.Target{one})).To(HaveOccurred())
}

// Cells of every suite are repeated with the flags that they ran with.
func TestEveryCellKnowsTheFlagsThatChangedIt(t *testing.T) {
	g := NewWithT(t)
	one := loaded(t, file+limits+"leftovers: {pid: 4242, cycles: 2}\nexhaustion: {plain: web, recovers: 5s}\n")
	g.Expect(plan.Changes{Image: "example/edge:2"}.Apply([]*target.Target{one})).To(Succeed())
	p, err := plan.Make([]*target.Target{one}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	suites := map[string]bool{}
	for _, c := range p.Cells {
		suites[c.Plan.Suite] = true
		g.Expect(c.Plan.Overrides).To(Equal([]string{"--image", "example/edge:2"}), c.Address)
	}
	g.Expect(suites).To(HaveLen(3))
}

// governed plans a target under a policy, and gives one cell.
func governed(t *testing.T, limits, rules, address string) *plan.Cell {
	t.Helper()
	g := NewWithT(t)
	one := loaded(t, file+limits)
	g.Expect(plan.Changes{Policy: policy(t, rules)}.Apply([]*target.Target{one})).To(Succeed())
	p, err := plan.Make([]*target.Target{one}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range p.Cells {
		if c.Address == address {
			return c
		}
	}
	t.Fatalf("no cell %s", address)
	return nil
}

func TestAPolicyBesideALongerLimit(t *testing.T) {
	g := NewWithT(t)
	c := governed(t, limits, "  \"*\": {max: 4s}\n", "edge/web/tcp.connected/silent")
	g.Expect(c.Plan.Limit.Seconds).To(Equal(5.0), "the file's own is judged")
	g.Expect(c.Plan.Bound.Seconds).To(Equal(4.0), "and the limit of the policy")
	c = governed(t, limits, "  \"*\": {max: 5s}\n", "edge/web/tcp.connected/silent")
	g.Expect(c.Plan.Bound).To(BeNil(), "no longer than the policy's")
}

func TestAPolicyInPlaceOfADeclaredWeakness(t *testing.T) {
	g := NewWithT(t)
	c := governed(t, limits, "  \"*\": {max: 90s}\n", "edge/tls/tls.client-hello/trickle")
	g.Expect(c.Plan.Expect).To(Equal(record.Fired))
	g.Expect(c.Plan.Limit.Kind).To(Equal(record.Max))
	g.Expect(c.Watch).To(BeNumerically(">", 94*time.Second+500*time.Millisecond), "the cap of the file knows nothing of 90 s")
	g.Expect(c.Plan.Cap).To(Equal(c.Watch.Seconds()))
}

func TestAFileWithoutLimitsNeedsAPolicy(t *testing.T) {
	g := NewWithT(t)
	const bare = "version: 1\nname: edge\nimage: x\nlisteners: {web: {port: 80, proto: http}}\n"
	one := loaded(t, bare)
	_, err := plan.Make([]*target.Target{one}, plan.Selection{})
	g.Expect(err).To(MatchError(ContainSubstring(`neither "limits" nor "leftovers"`)))
	one.Policy = policy(t, "  \"*\": {max: 3s}\n")
	p, err := plan.Make([]*target.Target{one}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range p.Cells {
		if c.After {
			continue
		}
		g.Expect(c.Plan.Limit).To(HaveField("Kind", record.Max), c.Address)
		g.Expect(c.Watch).To(BeNumerically(">", 3500*time.Millisecond))
	}
}

func TestAPolicyThatBoundsNothingSaysSo(t *testing.T) {
	g := NewWithT(t)
	one := loaded(t, file+limits)
	one.Policy = policy(t, "  \"http.headers|h2.*\": {max: 9s}\n  banner: {max: 3s}\n  \"*\": {max: 9s}\n")
	p, err := plan.Make([]*target.Target{one}, plan.Selection{Only: "edge/web/http.body"})
	g.Expect(err).NotTo(HaveOccurred())
	want := ConsistOf(And(ContainSubstring("no cell of this run matches h2.*, banner"), ContainSubstring("policy "+one.Policy.File)))
	g.Expect(p.Notices).To(want, "what --only leaves out is there all the same")
	p, err = plan.Comparison{Candidate: one, From: 1, Repeats: 1}.Make()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(want)
	one.Policy = policy(t, "  \"*\": {max: 9s}\n")
	p, err = plan.Make([]*target.Target{one}, plan.Selection{Extent: plan.Thorough})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Notices).To(BeEmpty())
}

func TestEstimate(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, file+"  \"*\": {absolute: 5s, granularity: 1s}\n")}, plan.Selection{Only: "edge/web/tcp.connected"})
	g.Expect(err).NotTo(HaveOccurred())
	e := p.Estimate()
	g.Expect(e.Starting).To(Equal(8*time.Second), "one pod, one wave, and the run itself")
	g.Expect(e.Expected).To(Equal(e.Starting+6*time.Second), "limit and granularity")
	g.Expect(e.AtMost).To(Equal(e.Starting+15*time.Second), "the cap: twice the limit and 5 s")

	p, err = plan.Make([]*target.Target{loaded(t, file+limits)}, plan.Selection{Only: "edge/tls/tls.client-hello/trickle"})
	g.Expect(err).NotTo(HaveOccurred())
	e = p.Estimate()
	g.Expect(e.Expected).To(Equal(e.AtMost), "a declared weakness is watched to the end")
}
