package record

import (
	"slices"
	"testing"

	. "github.com/onsi/gomega"
)

// told is an event of the hold that these tests follow.
func told(kind Kind, t int64, change func(*Event)) Event {
	e := Event{T: t, Kind: kind, Cell: "edge/tls/tls.client-hello/silent", Hold: "edge#1", Pod: "edge-1"}
	if change != nil {
		change(&e)
	}
	return e
}

func info(i HoldInfo) func(*Event)   { return func(e *Event) { e.HoldInfo = &i } }
func release(r Release) func(*Event) { return func(e *Event) { e.Release = &r } }
func note(text string) func(*Event)  { return func(e *Event) { e.Note = text } }

// attackers and inspectors are what the two ends tell of a hold that is released.
func attackers() []Event {
	return []Event{
		told(HoldConnected, 10, info(HoldInfo{Local: "10.0.0.3:4000", Peer: "10.0.0.2:443"})),
		told(HoldParked, 20, info(HoldInfo{Local: "10.0.0.3:4000", Peer: "10.0.0.2:443", LastT: 19})),
		told(HoldTrickled, 30, info(HoldInfo{LastT: 30})),
		told(HoldReleased, 60, release(Release{By: ByStatus, Detail: "408", LastT: 31, End: ByFIN, EndT: 61})),
	}
}

func inspectors() []Event {
	return []Event{
		told(HoldProven, 25, info(HoldInfo{Inode: 901, RQueue: 3, PID: 33})),
		told(WorkerFreed, 65, func(e *Event) {
			e.HoldInfo, e.Release = &HoldInfo{Inode: 901, PID: 35}, &Release{By: BySocketGone}
		}),
	}
}

func heard(t *testing.T, events []Event) HoldState {
	t.Helper()
	var h HoldState
	for _, e := range events {
		if err := h.Hear(e); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// merges gives every order in which two sequences can be heard.
func merges(a, b []Event) [][]Event {
	if len(a) == 0 || len(b) == 0 {
		return [][]Event{append(slices.Clone(a), b...)}
	}
	var all [][]Event
	for _, rest := range merges(a[1:], b) {
		all = append(all, append([]Event{a[0]}, rest...))
	}
	for _, rest := range merges(a, b[1:]) {
		all = append(all, append([]Event{b[0]}, rest...))
	}
	return all
}

func TestTheOrderOfTheTwoEndsDoesNotMatter(t *testing.T) {
	g := NewWithT(t)
	orders := merges(attackers(), inspectors())
	g.Expect(orders).To(HaveLen(15))
	for _, events := range orders {
		h := heard(t, events)
		g.Expect(h).To(Equal(HoldState{ID: "edge#1", Cell: "edge/tls/tls.client-hello/silent", Pod: "edge-1", Attempt: 1,
			Local: "10.0.0.3:4000", Peer: "10.0.0.2:443", PID: 33, Inode: 901, RQueue: 3,
			Connected: 10, Parked: 20, LastByte: 31, TrickleEnd: 30, Proven: 25, Released: 60, WorkerFreed: 65,
			By: ByStatus, Detail: "408", ClosedBy: ByFIN}))
		g.Expect(h.Over()).To(BeTrue())
		g.Expect(h.Kept()).To(BeFalse())
	}
}

func TestNothingWasHeard(t *testing.T) {
	g := NewWithT(t)
	var h HoldState
	at, by := h.Ended()
	g.Expect(at).To(BeZero())
	g.Expect(by).To(Equal(ByNothing))
	g.Expect(h.Over()).To(BeFalse())
	g.Expect(h.Kept()).To(BeFalse(), "nobody has said so yet")
	g.Expect(h.Hear(Event{Kind: Observed, Hold: "other#1", T: 5, Note: "a look"})).To(Succeed())
	g.Expect(h).To(Equal(HoldState{}), "other kinds of event change nothing")
}

func TestHowAHoldEnds(t *testing.T) {
	connected, parked := attackers()[0], attackers()[1]
	for name, one := range map[string]struct {
		events []Event
		at     int64
		by     ReleaseBy
		over   bool
		kept   bool
	}{
		"still held":              {[]Event{connected, parked}, 0, ByNothing, false, false},
		"released":                {[]Event{connected, parked, told(HoldReleased, 50, release(Release{By: ByRST}))}, 50, ByRST, true, false},
		"watched to the cap":      {[]Event{connected, parked, told(HoldReleased, 90, release(Release{By: ByNothing}))}, 0, ByNothing, true, true},
		"only its socket told it": {[]Event{connected, parked, inspectors()[1]}, 65, BySocketGone, false, false},
		"kept, its socket gone":   {[]Event{connected, parked, inspectors()[1], told(HoldReleased, 90, release(Release{By: ByNothing}))}, 65, BySocketGone, true, true},
		"refused":                 {[]Event{told(HoldFailed, 50, note("refused"))}, 0, ByNothing, true, false},
		"no such stage":           {[]Event{connected, told(HoldNotApplicable, 50, note("Connection: close"))}, 0, ByNothing, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			h := heard(t, one.events)
			at, by := h.Ended()
			g.Expect(at).To(Equal(one.at))
			g.Expect(by).To(Equal(one.by))
			g.Expect(h.Over()).To(Equal(one.over))
			g.Expect(h.Kept()).To(Equal(one.kept))
		})
	}
	g := NewWithT(t)
	watched := heard(t, []Event{connected, parked, told(HoldReleased, 90, release(Release{By: ByNothing, Detail: "closed by the attacker"}))})
	g.Expect(watched.Released).To(BeZero(), "a hold that was watched to the cap was not released")
	g.Expect(watched.Watched).To(Equal(int64(90)))
	g.Expect(watched.Detail).To(Equal("closed by the attacker"))
}

// TestAByteUnderWayIsNotTheLastOne: what an event says of the bytes while the release is
// told may come after the release, and an idle limit would seem to fire early.
func TestAByteUnderWayIsNotTheLastOne(t *testing.T) {
	g := NewWithT(t)
	ended := told(HoldReleased, 60, func(e *Event) {
		e.HoldInfo, e.Release = &HoldInfo{LastT: 62}, &Release{By: ByFIN, LastT: 58}
	})
	g.Expect(heard(t, append(attackers()[:2], ended)).LastByte).To(Equal(int64(58)))
	early := told(HoldReleased, 60, release(Release{By: ByFIN, LastT: 1}))
	g.Expect(heard(t, append(attackers()[:3], early)).LastByte).To(Equal(int64(30)), "it never goes back")
}

func TestAnotherAttemptForgetsTheEarlierOne(t *testing.T) {
	second := told(HoldConnected, 100, func(e *Event) { e.Pod = "edge-2" })
	fresh := HoldState{ID: "edge#1", Cell: second.Cell, Pod: "edge-2", Attempt: 2, Connected: 100}
	for name, first := range map[string][]Event{
		"connected":      attackers()[:1],
		"released":       append(attackers(), inspectors()...),
		"watched":        {told(HoldReleased, 90, release(Release{By: ByNothing}))},
		"refused":        {told(HoldFailed, 50, note("refused"))},
		"not applicable": {told(HoldNotApplicable, 50, note("Connection: close"))},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			h := heard(t, first)
			g.Expect(h.Begins(second)).To(BeTrue())
			g.Expect(h.Hear(second)).To(Succeed())
			g.Expect(h).To(Equal(fresh))
		})
	}
	g := NewWithT(t)
	h := heard(t, []Event{told(HoldFailed, 50, note("refused")), told(HoldFailed, 90, note("reset"))})
	g.Expect(h.Failed).To(Equal("reset"))
	g.Expect(h.Attempt).To(Equal(2), "the attacker says once that it failed")
	h = heard(t, attackers()[:2])
	g.Expect(h.Begins(told(HoldFailed, 50, note("closed")))).To(BeFalse(), "an attempt may fail after it was parked")
	h = heard(t, inspectors())
	g.Expect(h.Begins(attackers()[0])).To(BeFalse(), "the inspector may be heard first")
}

func TestWhatIsNotTakenIn(t *testing.T) {
	g := NewWithT(t)
	h := heard(t, attackers()[:2])
	before := h
	g.Expect(h.Hear(told(HoldReleased, 50, nil))).To(MatchError("hold edge#1: the event hold.released does not say how"))
	g.Expect(h.Hear(told(HoldReleased, 50, func(e *Event) { e.Hold, e.Release = "edge#2", &Release{By: ByFIN} }))).
		To(MatchError("hold edge#1: an event hold.released of hold edge#2"))
	g.Expect(h).To(Equal(before))
	for _, kind := range []Kind{HoldConnected, HoldParked, HoldTrickled, HoldProven, WorkerFreed, HoldFailed, HoldNotApplicable} {
		var bare HoldState
		g.Expect(bare.Hear(told(kind, 5, nil))).To(Succeed(), "%s without its payload", kind)
	}
}
