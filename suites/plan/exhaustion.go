package plan

import (
	"strings"
	"time"

	"stalemate/fixtures"
	"stalemate/reports/record"
)

// ExhaustionSuite is the name of the suite that takes a server's workers away.
const ExhaustionSuite = "exhaustion"

// The scenarios of the suite.
const (
	SlapperWave = "slapper-wave" // against a TLS port
	SilentWave  = "silent-wave"  // connections that say nothing, where there is no TLS
)

// waveName says which of them a target asks for.
func waveName(e *fixtures.Exhaustion) string {
	if e.TLS == "" {
		return SilentWave
	}
	return SlapperWave
}

// beforeWave is how long a fresh client is served before the wave begins, so that it is known that it is.
const beforeWave = time.Second

// BeforeWave is how long the probing goes on before the first connection of a wave.
func BeforeWave() time.Duration { return beforeWave }

// waveCell plans the wave of a target that asks for one, or nil.
func waveCell(t *fixtures.Target) *Cell {
	e := t.Exhaustion
	if e == nil {
		return nil
	}
	name := waveName(e)
	c := &Cell{Address: t.Name + "/" + ExhaustionSuite + "/" + name, Target: t}
	watch := max(t.Cap, e.Recovers+beyondLimit) // the cap knows nothing of a recovery
	c.Plan = record.Plan{Suite: ExhaustionSuite, Listener: e.Attacked(), Scenario: name, File: t.File, Overrides: t.Overrides,
		Expect: e.Expect, Holds: 1, Cap: watch.Seconds()}
	c.Watch = WaveLasts(e) + watch
	if e.Recovers != 0 {
		c.Plan.Limit = &record.Limit{Kind: record.Max, Seconds: e.Recovers.Seconds(), TooLate: fixtures.DefaultLate(e.Recovers).Seconds(), By: "recovers"}
	}
	return c
}

// ofWave says whether an address is that of a wave: target/exhaustion/scenario.
func ofWave(address string) bool {
	parts := strings.Split(address, "/")
	return len(parts) == 3 && parts[1] == ExhaustionSuite
}

// waveExtras are the connections of the Slapper wave beside the silent ones: the look at the plain port and four SSL 2.0 hellos.
const waveExtras = 5

// WaveConnections is how many connections a wave has in all.
func WaveConnections(e *fixtures.Exhaustion) int {
	if e.TLS == "" {
		return e.Connections
	}
	return e.Connections + waveExtras
}

// WaveLasts is the time from its first connection to its last.
func WaveLasts(e *fixtures.Exhaustion) time.Duration {
	return time.Duration(WaveConnections(e)-1) * e.Every
}
