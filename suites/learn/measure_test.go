package learn

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// TestARefusalIsNoLimit, unless the server waited before, or keeps the connection.
func TestARefusalIsNoLimit(t *testing.T) {
	const second = int64(time.Second)
	hold := func(refused, closed int64) record.HoldState {
		h := record.HoldState{Connected: second, Parked: second, By: record.ByNothing, Refused: "404", RefusedT: second + refused, Watched: 30 * second}
		if closed != 0 {
			h.Released, h.By, h.WorkerFreed = second+closed, record.ByFIN, second+closed
		}
		return h
	}
	cell := &plan.Cell{Address: "t/web/http.body/silent", Mode: record.Silent}
	for name, tc := range map[string]struct {
		hold    record.HoldState
		outcome outcome
		took    []float64
	}{
		"at once, and closed":         {hold(second/10, second/10), notApplicable, nil},
		"at once, and closed later":   {hold(second/10, 5*second), notApplicable, nil},
		"at once, and kept":           {hold(second/10, 0), lasting, nil},
		"after silence":               {hold(second*8/5, second*8/5), bounded, []float64{1.6}},
		"after silence, closed later": {hold(second*8/5, 3*second), bounded, []float64{1.6}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			f := first(measured{cell: cell, holds: []record.HoldState{refused(tc.hold), refused(tc.hold)}}, 20)
			g.Expect(f.outcome).To(Equal(tc.outcome), f.why)
			if tc.took != nil {
				g.Expect(f.took).To(HaveEach(tc.took[0]))
			}
		})
	}
}

// TestACellThatIsHeldAgainCountsFromAnew: what the first attempt came to says nothing of the second.
func TestACellThatIsHeldAgainCountsFromAnew(t *testing.T) {
	g := NewWithT(t)
	b := &book{holds: map[string]*record.HoldState{}, hide: func(s string) string { return s }}
	event := func(kind record.Kind, t int64) record.Event {
		return record.Event{Kind: kind, T: t, Hold: "t#1", HoldInfo: &record.HoldInfo{LastT: t}, Release: &record.Release{By: record.ByFIN}}
	}
	b.hear(event(record.HoldConnected, 10))
	b.hear(event(record.HoldReleased, 20))
	b.hear(event(record.WorkerFreed, 21))
	b.hear(event(record.HoldConnected, 100))
	b.hear(event(record.HoldParked, 110))
	h, err := b.get("t#1")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(end(h)).To(BeZero(), "the second hold is still open")
	g.Expect(h.LastByte).To(Equal(int64(110)))
	b.hear(record.Event{Kind: record.HoldReleased, T: 130, Hold: "t#1"})
	_, err = b.get("t#1")
	g.Expect(err).To(MatchError(ContainSubstring("does not say how")))
}
