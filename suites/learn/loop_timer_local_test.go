//go:build linux

package learn

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
	"stalemate/suites/run/localpod"
	"stalemate/suites/timeouts"
)

func TestMain(m *testing.M) {
	localpod.Main()
	os.Exit(m.Run())
}

// shownBy is the limit that the timer of Go's HTTP server shows for a stage, in pods of this machine, one after the other.
func shownBy(t *testing.T, stage string) wait {
	t.Helper()
	g := NewWithT(t)
	self, err := os.Executable()
	g.Expect(err).NotTo(HaveOccurred())
	port, err := localpod.FreePort()
	g.Expect(err).NotTo(HaveOccurred())
	partial := filepath.Join(t.TempDir(), "partial.yaml")
	g.Expect(os.WriteFile(partial, fmt.Appendf(nil, "version: 1\nname: local\nimage: none\ncommand: [%q]\nenv: {%s: \"127.0.0.1:%d\", %s: 120s}\n"+
		"listeners:\n  web: {port: %d, proto: http, stages: [http.headers, http.keep-alive]}\n",
		self, localpod.AddressVariable, port, localpod.IdleTimeoutVariable, port), 0o644)).To(Succeed())
	d, err := begin(Options{Partial: partial})
	g.Expect(err).NotTo(HaveOccurred())
	p, addresses, err := timerPlan(d, []measured{{cell: &plan.Cell{Address: "local/web/" + stage + "/silent"}}}, []int{0})
	g.Expect(err).NotTo(HaveOccurred())
	log, err := record.CreateLog(filepath.Join(t.TempDir(), run.EventLog), "r", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Publish()).To(Succeed())
	defer log.Close() // the test reads no log
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var pods []measured
	for _, address := range addresses[0] {
		one := p.Narrow(func(a string) bool { return a == address })
		b, err := holdForTimers(ctx, run.Config{RunID: "r", Log: log, Suites: []run.Suite{timeouts.Suite()},
			Images: localpod.Images{}, StartPod: localpod.Starter(t.TempDir())}, one, d)
		g.Expect(err).NotTo(HaveOccurred())
		m, err := b.measured(one.Cells[0])
		g.Expect(err).NotTo(HaveOccurred())
		pods = append(pods, m)
	}
	return loopTimer(pods)
}

// TestTheLoopOfARealServerShowsItsTimer has Go's net/http with IdleTimeout 120 s and no other limit. A machine that is busy may make
// the client too late to tell, but never shows a wrong limit.
func TestTheLoopOfARealServerShowsItsTimer(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some 15 s")
	}
	g := NewWithT(t)
	g.Expect(shownBy(t, "http.headers")).To(BeZero())
	for range 8 {
		shown := shownBy(t, "http.keep-alive")
		if shown.seconds != 0 {
			g.Expect(shown).To(Equal(wait{120, agree}))
			return
		}
	}
	t.Fatal("no limit was shown in eight tries")
}
