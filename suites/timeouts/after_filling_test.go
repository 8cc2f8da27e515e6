package timeouts

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestAConnectionIsServedIfTwoLooksShowThatItsBytesAreRead: the look at the ports knows nothing of what the client has sent.
func TestAConnectionIsServedIfTwoLooksShowThatItsBytesAreRead(t *testing.T) {
	g := NewWithT(t)
	// conn is a connection of the client's port 1000+i.
	conn := func(i int, change func(*record.HoldState)) (string, record.HoldState) {
		s := record.HoldState{Connected: 1, Local: fmt.Sprintf("10.0.0.2:%d", 1000+i), Peer: "10.0.0.1:80"}
		change(&s)
		return fmt.Sprintf("fill#%d", i), s
	}
	sent := func(s *record.HoldState) { s.Parked = 2 }
	closed := func(s *record.HoldState) { s.Parked, s.Released, s.By = 2, 3, record.ByFIN }
	look := func(f *filling, served []int, change ...func(*record.HoldState)) {
		known := map[string]record.HoldState{}
		for i, c := range change {
			id, s := conn(i, c)
			known[id] = s
		}
		f.count(known, []record.Port{{Port: 80, Served: served}})
	}

	f := newFilling(3, nil)
	look(f, []int{1000, 1001}, func(*record.HoldState) {}, sent, sent)
	g.Expect(f.Served).To(BeZero(), "one look")
	look(f, []int{1000, 1001}, func(*record.HoldState) {}, sent, sent)
	g.Expect(f.Served).To(Equal(1), "the first has sent nothing, and the third is not read")
	g.Expect(f.waits).To(HaveLen(1))
	look(f, []int{1002}, closed, closed, sent)
	look(f, []int{1002}, closed, closed, sent)
	g.Expect(f.Served).To(Equal(1), "not at the same time")
	g.Expect(f.Refused).To(Equal(1), "the first was never served")
	g.Expect(f.Recycled).To(BeTrue(), "the third came after the second")
	g.Expect(f.waits).To(BeEmpty())
}

// TestAServerIsQuietIfItCouldDoMore: what a busy machine takes is no quiet.
func TestAServerIsQuietIfItCouldDoMore(t *testing.T) {
	g := NewWithT(t)
	for name, c := range map[string]struct {
		port    record.Port
		changed bool
		quiet   bool
	}{
		"quiet":                {quiet: true},
		"more are served":      {changed: true},
		"a process is ready":   {port: record.Port{Ready: true}},
		"one got no processor": {port: record.Port{Starved: 1}},
	} {
		f := newFilling(1, nil)
		f.looked -= int64(fillLook)
		f.rest([]record.Port{c.port}, c.changed)
		g.Expect(f.quiet).To(BeNumerically(map[bool]string{true: ">", false: "=="}[c.quiet], 0), name)
	}
	f := newFilling(1, nil)
	f.looked -= int64(100 * fillLook)
	f.rest(nil, false)
	g.Expect(f.quiet).To(Equal(2*fillLook), "a look that comes late")
	g.Expect(f.full).To(BeZero(), "nobody waits")
	f.waits["fill#1"] = 1
	f.looked -= int64(fillLook)
	f.rest(nil, false)
	g.Expect(f.full).To(BeNumerically(">=", fillLook), "one waits, and the server does nothing")
	f.rest(nil, true)
	g.Expect(f.full).To(BeZero(), "the server serves more")
}
