package proc

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// The texts are of kernel 6.18.
func TestFDInfo(t *testing.T) {
	g := NewWithT(t)
	set := []byte("pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t2067\n" +
		"tfd:        5 events:       19 data:                5  pos:0 ino:813 sdev:f\n" +
		"tfd:       12 events: 80000019 data:     7f0000000abc  pos:0 ino:5d31 sdev:9\n" +
		"tfd:       -1 events:       19 data:                5  pos:0 ino:813 sdev:f\n")
	g.Expect(ParseEpollSet(set)).To(Equal([]EpollMember{{FD: 5, Device: "f"}, {FD: 12, Device: "9"}}))
	g.Expect(ParseEpollSet([]byte("tfd:        7 events:       19 data:                5\n"))).To(Equal([]EpollMember{{FD: 7}}), "an old kernel")
	g.Expect(ParseEpollSet([]byte("tfd:\ntfd: x\n"))).To(BeEmpty())

	armed := func(value, interval string) string {
		return "pos:\t0\nflags:\t02004002\nclockid: 1\nticks: 0\nsettime flags: 01\nit_value: " + value + "\nit_interval: " + interval + "\n"
	}
	timer, runs := ParseTimer([]byte(armed("(24, 999719187)", "(0, 0)")))
	g.Expect(runs).To(BeTrue())
	g.Expect(timer).To(Equal(TimerFD{Left: 24*time.Second + 999719187}))
	timer, runs = ParseTimer([]byte(armed("(0, 5)", "(1, 500000000)")))
	g.Expect(runs).To(BeTrue())
	g.Expect(timer).To(Equal(TimerFD{Left: 5, Interval: 1500 * time.Millisecond}))
	_, runs = ParseTimer([]byte(armed("(0, 0)", "(1, 0)")))
	g.Expect(runs).To(BeFalse(), "it is disarmed")
	for _, broken := range []string{"", "pos:\t0\n", armed("(-1, 0)", "(0, 0)"), armed("(9223372036854775807, 0)", "(0, 0)"), armed("(1, 1000000000)", "(0, 0)")} {
		_, runs = ParseTimer([]byte(broken))
		g.Expect(runs).To(BeFalse(), broken)
	}
}

func FuzzParseFDInfo(f *testing.F) {
	f.Add([]byte("tfd:        5 events:       19 data:                5  pos:0 ino:813 sdev:f\n"))
	f.Add([]byte("it_value: (24, 999719187)\nit_interval: (0, 0)\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, m := range ParseEpollSet(text) {
			if m.FD < 0 {
				t.Fatalf("%q: descriptor %d", text, m.FD)
			}
		}
		if timer, armed := ParseTimer(text); armed && timer.Left <= 0 || timer.Interval < 0 {
			t.Fatalf("%q: %+v", text, timer)
		}
	})
}
