package commands

import (
	"bytes"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func TestTallyOfEveryEnd(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	counted := newTally(6)
	take := func(e record.Event) { g.Expect(counted.take(e)).To(Succeed()) }
	for i, id := range []string{"a", "b", "c", "d"} {
		take(record.Event{Kind: record.HoldParked, Hold: id, T: int64(i + 1)})
	}
	released := func(id string, seconds float64, r record.Release) {
		take(record.Event{Kind: record.HoldReleased, Hold: id, T: counted.holds[id].Parked + int64(seconds*1e9), Release: &r})
	}
	released("a", 3, record.Release{By: record.ByAlert, Detail: "handshake_failure"})
	released("b", 9, record.Release{By: record.ByNothing})
	released("c", 2, record.Release{By: record.ByNothing, Detail: "our socket broke"})
	take(record.Event{Kind: record.HoldNotApplicable, Hold: "d", Note: "the server answered 401"})
	take(record.Event{Kind: record.HoldFailed, Hold: "e", Note: "refused"})
	g.Expect(counted.finished()).To(BeFalse())
	take(record.Event{Kind: record.HoldFailed, Hold: "f", Note: "refused"})
	g.Expect(counted.finished()).To(BeTrue())
	g.Expect(counted.line(9 * time.Second)).To(Equal("9s: 3 of 6 held, 1 released, 3 did not reach the stage"))
	var out bytes.Buffer
	counted.summary(&out, "what", 9*time.Second)
	g.Expect(out.String()).To(Equal(`what: 3 of 6 connections held
released: 1 (min / median / max)
      1  3.0 s / 3.0 s / 3.0 s  by tls-alert handshake_failure, connection stays open
still open after 9s: 1
not watched to the end: 1: our socket broke
did not reach the stage: 2: refused
did not reach the stage: 1: the server answered 401
`))
}
