package plan

import (
	"strings"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// ExhaustionSuite is the name of the suite that occupies a server's workers with a wave of connections.
const ExhaustionSuite = "exhaustion"

// The scenarios of the suite.
const (
	SlapperWave = "slapper-wave" // against a TLS listener
	SilentWave  = "silent-wave"  // for a server without TLS: connections that send nothing
)

// waveName is the scenario of a target.
func waveName(e *target.Exhaustion) string {
	if e.TLS == "" {
		return SilentWave
	}
	return SlapperWave
}

// BeforeWave is how long the server is probed before the first connection of a wave, which shows that it serves fresh clients.
const BeforeWave = time.Second

// waveCell plans the wave of a target; nil for a target without one.
func waveCell(t *target.Target) *Cell {
	e := t.Exhaustion
	if e == nil {
		return nil
	}
	name := waveName(e)
	c := &Cell{Address: t.Name + "/" + ExhaustionSuite + "/" + name, Target: t}
	watch := max(t.Cap, e.Recovers+beyondLimit) // a file's cap does not take the recovery into account
	c.Plan = record.Plan{Suite: ExhaustionSuite, Listener: e.Attacked(), Scenario: name, File: t.File, Overrides: t.Overrides,
		Expect: e.Expect, Holds: 1, Cap: watch.Seconds()}
	c.Watch = WaveLasts(e) + watch
	if e.Recovers != 0 {
		c.Plan.Limit = &record.Limit{Kind: record.Max, Seconds: e.Recovers.Seconds(), TooLate: target.DefaultLate(e.Recovers).Seconds(), By: "recovers"}
	}
	return c
}

// isWaveAddress says whether an address is the address of a wave: target/exhaustion/scenario.
func isWaveAddress(address string) bool {
	parts := strings.Split(address, "/")
	return len(parts) == 3 && parts[1] == ExhaustionSuite
}

// extraConnections are the connections of the Slapper wave that are not silent: a request to the plain port and four SSL 2.0
// hellos.
const extraConnections = 5

// WaveConnections is how many connections a wave has in total.
func WaveConnections(e *target.Exhaustion) int {
	if e.TLS == "" {
		return e.Connections
	}
	return e.Connections + extraConnections
}

// WaveLasts is the time from the first connection of a wave to the last.
func WaveLasts(e *target.Exhaustion) time.Duration {
	return time.Duration(WaveConnections(e)-1) * e.Every
}
