package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// inMode are the cells in this mode, with "thorough" after the address of those that only a thorough run has.
func inMode(t *testing.T, text string, mode record.Mode) []string {
	t.Helper()
	p, err := plan.Make([]*target.Target{loaded(t, text)}, plan.Selection{Extent: plan.Thorough})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var all []string
	for _, c := range p.Cells {
		if c.Mode != mode {
			continue
		}
		if mode == record.Alone {
			NewWithT(t).Expect(c.Plan.Holds).To(Equal(1))
		}
		mark := ""
		if c.Thorough() {
			mark = " thorough"
		}
		all = append(all, strings.TrimPrefix(c.Address, "edge/")+mark)
	}
	return all
}

const perLimit = `  "tcp.connected|http.request-line": {absolute: 4s, by: head}
  http.headers/silent: {absolute: 4s, by: head}
  http.headers/trickle: {absolute: 4s, granularity: 1s, by: head}
  http.body: {idle: 4s, by: body}
  tls.client-hello: {absolute: 4s, by: head}
  http.keep-alive: {idle: 2s, by: keep}
  "*": {unbounded: nothing ends it}
`

func TestEachLimitHasOneHoldThatIsAlone(t *testing.T) {
	g := NewWithT(t)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"usual": {file + perLimit, []string{"web/http.request-line/alone", "web/http.body/alone", "web/http.keep-alive/alone",
			"tls/tls.client-hello/alone thorough", "tls/http.keep-alive/alone thorough"}},
		"left to a thorough run": {strings.Replace(file, "limits:", "thorough: [alone]\nlimits:", 1) + limits, []string{"web/http.request-line/alone thorough",
			"web/http.headers/alone thorough", "web/http.keep-alive/alone thorough", "tls/tls.client-hello/alone thorough", "tls/http.keep-alive/alone thorough"}},
		"not selected": {strings.Replace(file, "proto: http}", "proto: http, modes: [silent, trickle]}", 1) + perLimit, []string{"tls/tls.client-hello/alone", "tls/http.keep-alive/alone"}},
		"nothing else selected": {strings.ReplaceAll(file, "proto: http}", "proto: http, modes: [alone]}") + limits, []string{"web/http.request-line/alone", "web/http.headers/alone",
			"web/http.keep-alive/alone", "tls/tls.client-hello/alone thorough", "tls/http.keep-alive/alone thorough"}},
		"no limit":          {file + `  "*": {unbounded: nothing ends it}` + "\n", nil},
		"only a least time": {file + `  "*": {at_least: 5s}` + "\n", nil},
		"known to be bad":   {file + `  "*": {max: 5s, expect: never, evidence: restarted}` + "\n", nil},
		"a canary":          {strings.Replace(file, "limits:", "canary: false-limit\nlimits:", 1) + limits, nil},
		"a declared weakness": {file + `  "*/alone": {unbounded: checks its timers on events}` + "\n" + perLimit,
			[]string{"web/http.request-line/alone", "tls/tls.client-hello/alone thorough"}},
		"a limit of their own": {file + `  "http.body/alone": {max: 30s}` + "\n" + `  "*": {max: 5s}` + "\n", []string{
			"web/http.request-line/alone", "web/http.body/alone", "tls/tls.client-hello/alone thorough"}},
	} {
		g.Expect(inMode(t, c.text, record.Alone)).To(Equal(c.want), name)
	}
}

func TestEachLimitHasOneLaterHold(t *testing.T) {
	g := NewWithT(t)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"usual": {file + perLimit, []string{"web/http.request-line/later", "web/http.body/later", "web/http.keep-alive/later",
			"tls/tls.client-hello/later", "tls/http.keep-alive/later"}},
		"a long limit":               {file + `  http.keep-alive: {idle: 3s}` + "\n" + `  "*": {max: 16s}` + "\n", []string{"web/http.request-line/later thorough", "web/http.keep-alive/later", "tls/tls.client-hello/later thorough", "tls/http.keep-alive/later"}},
		"without earlier holds":      {strings.Replace(file, "proto: http}", "proto: http, modes: [trickle, later]}", 1) + `  "*": {max: 5s}` + "\n", []string{"tls/tls.client-hello/later"}},
		"a declared weakness":        {file + `  "*/later": {unbounded: only the first are closed}` + "\n" + `  "*": {max: 5s}` + "\n", []string{"web/http.request-line/later", "tls/tls.client-hello/later"}},
		"left to the thorough cells": {strings.Replace(file, "limits:", "thorough: [later]\nlimits:", 1) + `  "*": {max: 5s}` + "\n", []string{"web/http.request-line/later thorough", "tls/tls.client-hello/later thorough"}},
	} {
		g.Expect(inMode(t, c.text, record.Later)).To(Equal(c.want), name)
	}
}

// TestALaterHoldIsInThePodOfItsSilentCell: it begins when the others have ended, and makes the pod's work longer by that time.
func TestALaterHoldIsInThePodOfItsSilentCell(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, file+`  "*": {absolute: 5s}`+"\n")}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	later := 0
	for _, u := range p.Batches[0].Units {
		var generations [][]*plan.Cell
		for cells := range u.Generations() {
			generations = append(generations, cells)
		}
		for _, c := range generations[1] {
			later++
			silent := target.SilentAddress(c.Address)
			g.Expect(generations[0]).To(ContainElement(HaveField("Address", silent)))
			g.Expect(u.Expected()).To(Equal(10 * time.Second))
			g.Expect(u.LongestLater()).To(Equal(10500 * time.Millisecond))
			g.Expect(u.Longest()).To(Equal(15*time.Second + u.LongestLater()))
			g.Expect(u.Holds()).To(Equal(2 * len(generations[0])))
		}
	}
	g.Expect(later).To(Equal(2))
	g.Expect(p.Estimate().Expected - p.Estimate().Starting).To(Equal(10 * time.Second))
}

// TestLaterHoldsFillThePod to half of the capacity that the file states, and not further.
func TestLaterHoldsFillThePod(t *testing.T) {
	g := NewWithT(t)
	for capacity, want := range map[string]int{"capacity: 40\n": 10, "": 1, "capacity: 2\n": 1, "capacity: 100000\n": 100} {
		p, err := plan.Make([]*target.Target{loaded(t, strings.Replace(file, "capacity: 40\n", capacity, 1)+"  \"*\": {absolute: 5s}\n")}, plan.Selection{})
		g.Expect(err).NotTo(HaveOccurred())
		for _, b := range p.Batches {
			for _, u := range b.Units {
				for _, c := range u.Cells {
					if c.Mode == record.Later {
						g.Expect(c.Plan.Holds).To(Equal(want), "%q: %s", capacity, c.Address)
					}
				}
			}
		}
	}
}

// TestALaterHoldThatIsSelectedByItselfHasItsPredecessors: it shows nothing without them.
func TestALaterHoldThatIsSelectedByItselfHasItsPredecessors(t *testing.T) {
	g := NewWithT(t)
	for only, want := range map[string]int{"edge/web/http.request-line/later": 12, "http.request-line": 4, "http.request-line/alone": 1} {
		p, err := plan.Make([]*target.Target{loaded(t, file+`  "*": {absolute: 5s}`+"\n")}, plan.Selection{Only: only})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(p.Cells).To(HaveLen(want), only)
	}
}

// TestAHoldThatIsAloneHasAPod: nothing else is connected there, and all such pods wait at the same time.
func TestAHoldThatIsAloneHasAPod(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Make([]*target.Target{loaded(t, strings.Replace(file, "capacity: 40", "capacity: 400", 1)+perLimit)}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Batches).To(HaveLen(1))
	g.Expect(p.Batches[0].Targets()).To(Equal(1))
	var alone []string
	for _, u := range p.Batches[0].Units {
		if !u.Alone() {
			g.Expect(u.Name).To(Equal("edge"))
			continue
		}
		g.Expect(u.Cells).To(HaveLen(1))
		g.Expect(u.Holds()).To(Equal(1))
		alone = append(alone, u.Name)
	}
	g.Expect(alone).To(ConsistOf("edge-alone-1", "edge-alone-2", "edge-alone-3"))

	i := slices.IndexFunc(p.Cells, func(c *plan.Cell) bool { return c.Mode == record.Alone })
	again := plan.Again(p.Batches, p.Cells[i:i+1], 7)
	g.Expect(again).To(HaveLen(1))
	g.Expect(again[0].Units[0].Alone()).To(BeTrue(), "it is alone when it is held again, too")
}

func TestAComparisonHoldsNothingAlone(t *testing.T) {
	g := NewWithT(t)
	p, err := plan.Comparison{Candidate: loaded(t, file+perLimit), From: 1, Repeats: 2}.Make()
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range p.Cells {
		g.Expect(c.Mode).To(BeElementOf(record.Silent, record.Trickle), c.Address)
	}
}

func TestAMisspeltPatternOfAModeIsRefused(t *testing.T) {
	_, err := plan.Make([]*target.Target{loaded(t, file+`  "tls.finished/alone": {max: 5s}`+"\n"+limits)}, plan.Selection{})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring(`"tls.finished/alone" matches no cell of edge`)))
}
