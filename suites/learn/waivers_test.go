package learn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// TestWaiversAreWhatCheckTakes writes them for the weaknesses alone, and reads them as check does.
func TestWaiversAreWhatCheckTakes(t *testing.T) {
	g := NewWithT(t)
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	found := find([]measured{trickled("http.headers", 0, 0, 0), silent("http.headers", 6.01, 6.02)}, 20)
	o := Options{Now: now, Cap: 20 * time.Second, WaiveFor: DefaultWaiveFor}
	g.Expect(found[0].rule(server{}, o)).To(Equal("{max: 20s}"), "a failure, for which the waiver is")
	file := filepath.Join(t.TempDir(), "waivers.yaml")
	g.Expect(os.WriteFile(file, []byte(waivers(found, server{}, o)), 0o644)).To(Succeed())
	read, err := target.LoadWaivers(file, now)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read.List).To(HaveLen(1))
	waiver, ok := read.For("t/tls12/http.headers/trickle", record.Never)
	g.Expect(ok).To(BeTrue())
	g.Expect(waiver.Reason).To(ContainSubstring("not released within 20s, while a byte came every 700ms"))
	g.Expect(waiver.Expired(now.Add(DefaultWaiveFor - 24*time.Hour))).To(BeFalse())
	g.Expect(waiver.Expired(now.Add(DefaultWaiveFor + 24*time.Hour))).To(BeTrue())
}

// TestEachWeaknessHasItsComment even where a waiver makes all of them the same limit.
func TestEachWeaknessHasItsComment(t *testing.T) {
	g := NewWithT(t)
	found := find([]measured{trickled("http.headers", 0, 0, 0), silent("http.keep-alive", 0, 0)}, 20)
	known := recognise([]port{{product: goServer}})
	text := strings.ReplaceAll(rules(found, known, Options{Cap: 20 * time.Second, WaiveFor: DefaultWaiveFor}), "\n  #   ", " ")
	g.Expect(text).To(MatchRegexp(`# WEAKNESS: [^\n]*ReadHeaderTimeout to end it\.\n[^\n]*\n  "http\.headers": \{max: 20s\}`))
	g.Expect(text).To(MatchRegexp(`# WEAKNESS: [^\n]*IdleTimeout to end it\.\n[^\n]*\n  "http\.keep-alive": \{max: 20s\}`))
}

// TestAWaiverHoldsInTheModesThatCheckAdds: a silent weakness is held alone as well, and must not fail there.
func TestAWaiverHoldsInTheModesThatCheckAdds(t *testing.T) {
	g := NewWithT(t)
	now := time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)
	found := find([]measured{silent("http.headers", 0, 0), trickled("http.headers", 0, 6, 6)}, 20)
	file := filepath.Join(t.TempDir(), "waivers.yaml")
	g.Expect(os.WriteFile(file, []byte(waivers(found, server{}, Options{Now: now, WaiveFor: DefaultWaiveFor})), 0o644)).To(Succeed())
	read, err := target.LoadWaivers(file, now)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read.List).To(HaveLen(1))
	for mode, accepted := range map[record.Mode]bool{record.Silent: true, record.Alone: true, record.Later: true, record.Trickle: false} {
		_, ok := read.For("t/tls12/http.headers/"+string(mode), record.Never)
		g.Expect(ok).To(Equal(accepted), string(mode))
	}
}

func TestNoWaiversUnlessAskedFor(t *testing.T) {
	g := NewWithT(t)
	found := find([]measured{trickled("http.headers", 0, 0, 0)}, 20)
	g.Expect(waivers(found, server{}, Options{})).To(BeEmpty())
	file := filepath.Join(t.TempDir(), "waivers.yaml")
	g.Expect(os.WriteFile(file, []byte(waivers(nil, server{}, Options{WaiveFor: DefaultWaiveFor})), 0o644)).To(Succeed())
	read, err := target.LoadWaivers(file, time.Now())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read.List).To(BeEmpty())
}
