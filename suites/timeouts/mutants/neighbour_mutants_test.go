//go:build linux

package mutants_test

import (
	"os"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// failure is what the judgement of a cell must say.
type failure struct {
	verdict record.Verdict
	says    string
}

// TestNeighbourMutants holds connections to a server that checks its timers only when something happens.
func TestNeighbourMutants(t *testing.T) {
	long(t)
	const onlyActive = "the server only closes connections in time while other connections are active: checks-on-events/web/"
	of := mutant{repeat: 2, capacity: 32, modes: "silent, trickle, alone", stages: []string{"tcp.connected", "http.headers", "http.body", "http.keep-alive"},
		// A neighbour's byte comes every 700 ms.
		limits: []string{"tcp.connected: {absolute: 1s, granularity: 1s, by: head}", "http.headers: {absolute: 1s, granularity: 1s, by: head}",
			"http.body: {idle: 3s, granularity: 1s, by: body}", "http.keep-alive: {idle: 2s, granularity: 1s, by: keep-alive}"}}
	expectFailures(t, of, "checks-on-events", map[string]failure{
		"web/http.headers/alone":    {record.Never, onlyActive + "http.headers/silent was closed after "},
		"web/http.body/alone":       {record.Never, onlyActive + "http.body/silent was closed after "},
		"web/http.keep-alive/alone": {record.Never, onlyActive + "http.keep-alive/silent was closed after "},
		"web/http.body/trickle":     {record.Never, ""}, // it is the last one
	})
}

// TestATimeoutThatClosesEverythingIsCaught: the other connections may end sooner than their limits, and all do at the same moment.
func TestATimeoutThatClosesEverythingIsCaught(t *testing.T) {
	long(t)
	of := mutant{repeat: 2, capacity: 32, modes: "silent, alone", stages: []string{"http.headers", "http.body", "http.keep-alive"},
		limits: []string{"http.headers: {absolute: 1s, by: head}", "http.body: {max: 9s, by: body}", "http.keep-alive: {max: 8s, by: keep-alive}"}}
	const with = `the timeout of another connection ends this one: it was closed when the limit of closes-all/web/http.headers/silent#`
	expectFailures(t, of, "closes-all", map[string]failure{
		"web/http.body/silent":       {record.Unstable, with},
		"web/http.keep-alive/silent": {record.Unstable, with},
	})
}

// TestLaterMutants holds connections to servers whose timeouts work for the first connections only.
func TestLaterMutants(t *testing.T) {
	long(t)
	of := mutant{repeat: 2, capacity: 32, modes: "silent, later", stages: []string{"http.headers", "http.body", "http.keep-alive"},
		limits: []string{"http.headers: {absolute: 1s, by: head}", "http.body: {idle: 3s, by: body}", "http.keep-alive: {idle: 2s, by: keep-alive}"}}
	for _, name := range []string{"stops-after-fires", "stops-after-uptime"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			says := "the first connections were closed in time, a later one was not: " + name + "/web/"
			expectFailures(t, of, name, map[string]failure{
				"web/http.headers/later":    {record.Never, says + "http.headers/silent was closed after "},
				"web/http.body/later":       {record.Never, says + "http.body/silent was closed after "},
				"web/http.keep-alive/later": {record.Never, says + "http.keep-alive/silent was closed after "},
			})
		})
	}
}

// TestAServerThatMeasuresSilenceByAnybodyIsCaught: its timeouts work as long as nobody else comes.
func TestAServerThatMeasuresSilenceByAnybodyIsCaught(t *testing.T) {
	t.Parallel()
	of := mutant{repeat: 2, capacity: 16, modes: "silent, alone, later", stages: []string{"http.headers", "http.keep-alive"},
		limits: []string{"http.headers: {absolute: 1s, by: head}", "http.keep-alive: {idle: 2s, by: keep-alive}"}}
	expectFailures(t, of, "shared-clock", map[string]failure{
		"web/http.headers/later":    {record.Never, "not released within the cap"},
		"web/http.keep-alive/later": {record.Never, "not released within the cap"},
	})
}

// TestAServerThatForgetsAConnectionNowAndThenIsCaught: the later holds fill the pod to half of the capacity that the file states.
func TestAServerThatForgetsAConnectionNowAndThenIsCaught(t *testing.T) {
	long(t)
	g := NewWithT(t)
	of := mutant{name: "forgets-each", repeat: 2, capacity: 40, modes: "silent, later", stages: []string{"http.headers", "http.keep-alive"},
		limits: []string{"http.headers: {absolute: 1s, by: head}", "http.keep-alive: {idle: 2s, by: keep-alive}"}}
	healthy := of
	healthy.name = "healthy"
	done := carryOut(t, of.target(t), healthy.target(t))
	caught := 0
	for _, stage := range []string{"http.headers", "http.keep-alive"} {
		j := done.judged("forgets-each/web/" + stage + "/later")
		if j.Verdict == record.Unstable {
			caught++
			g.Expect(j.Message).To(And(MatchRegexp(`measured \d times .* by fin, 1 times no release|measured 1 times no release, \d times`),
				ContainSubstring("the first connections were closed in time, a later one was not: forgets-each/web/"+stage+"/silent")))
		}
		g.Expect(done.judged("healthy/web/" + stage + "/later").Status).NotTo(Equal(record.Failed))
	}
	if os.Getenv(strict) != "" {
		g.Expect(caught).To(Equal(1))
	}
}

// TestALaterHoldIsHeldAgainInItsPod: its first attempt shows nothing, because the client waits for the answer. In another pod, its
// predecessors would be missing.
func TestALaterHoldIsHeldAgainInItsPod(t *testing.T) {
	long(t)
	g := NewWithT(t)
	of := mutant{name: "answers-late-once", repeat: 2, modes: "silent, later", stages: []string{"http.keep-alive"}, limits: []string{"http.keep-alive: {idle: 2s, by: keep-alive}"}}
	done := carryOut(t, of.target(t))
	const later = "answers-late-once/web/http.keep-alive/later"
	attempts, pods := 0, 0 // pods that started after the first attempt, and before the last
	started := 0
	for _, e := range done.events {
		switch {
		case e.Kind == record.IncarnationStarted:
			started++
		case e.Kind == record.HoldConnected && e.Cell == later:
			if attempts++; attempts == 1 {
				started = 0
			}
			pods = started
		}
	}
	g.Expect(attempts).To(BeNumerically(">=", 2), "the first attempt shows nothing")
	g.Expect(pods).To(BeZero(), "all attempts are in one pod")
	if j := done.judged(later); j.Verdict != record.Inconclusive || os.Getenv(strict) != "" {
		g.Expect(j.Verdict).To(Equal(record.Fired))
	}
}

// expectFailures holds connections to the healthy server, where every cell must pass, and to a mutant, where exactly the named cells
// must fail. On a busy machine a cell may be inconclusive, and every cell of the mutant may fail.
func expectFailures(t *testing.T, of mutant, name string, failures map[string]failure) {
	t.Helper()
	healthy, broken := of, of
	healthy.name, broken.name = "healthy", name
	done := carryOut(t, healthy.target(t), broken.target(t))
	quiet := os.Getenv(strict) != ""
	for _, cell := range done.cells("healthy") {
		if j := done.judged(cell); quiet || j.Verdict != record.Inconclusive {
			NewWithT(t).Expect(j.Status).To(Equal(record.Passed), "%s: %s", cell, j.Message)
		}
	}
	seen := 0
	for _, cell := range done.cells(name) {
		g := NewWithT(t)
		j := done.judged(cell)
		want, fails := failures[cell[len(name)+1:]]
		if fails {
			seen++
			g.Expect(j.Status).NotTo(Equal(record.Passed), "%s: %s", cell, j.Message)
		}
		switch {
		case !quiet:
		case fails:
			g.Expect(j.Verdict).To(Equal(want.verdict), "%s: %s", cell, j.Message)
			g.Expect(j.Status).To(Equal(record.Failed), cell)
			g.Expect(j.Message).To(ContainSubstring(want.says), cell)
		default:
			g.Expect(j.Status).To(Equal(record.Passed), "%s is touched: %s", cell, j.Message)
		}
	}
	NewWithT(t).Expect(seen).To(Equal(len(failures)), "cells of %s", name)
}
