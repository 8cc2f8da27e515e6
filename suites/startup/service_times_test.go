package startup

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/suites/verdict"
)

func TestTheTimeInWhichNobodyAskedIsNotHeldAgainstTheServer(t *testing.T) {
	g := NewWithT(t)
	second := int64(time.Second)
	answer := func(name string, ok bool, began, ended int64) asked {
		return asked{verdict.Oracle{Name: name, OK: ok}, began * second, ended * second}
	}
	times := newServiceTimes(100 * second)
	g.Expect(times.all()).To(BeZero())
	times.add(answer("page", false, 101, 102))
	times.add(answer("page", true, 104, 105))
	g.Expect(times.all()).To(Equal(2*time.Second), "it failed at 1 s; the answer took 1 s; nobody asked between 1 s and 4 s")
	times.add(answer("page", true, 106, 107))
	g.Expect(times.all()).To(Equal(2*time.Second), "the first answer counts")
	times.add(answer("part", true, 105, 105))
	g.Expect(times.all()).To(Equal(2*time.Second), "it may have been served from the first moment")
	times.add(answer("part", false, 106, 106))
	times.add(answer("part", true, 110, 111))
	g.Expect(times.all()).To(Equal(7*time.Second), "an answer before the last failure does not count")
}
