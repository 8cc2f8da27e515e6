package pod

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestOnlyWhoWasEndedByTheKillIsCalledKilled(t *testing.T) {
	g := NewWithT(t)
	g.Expect(howEnded(true, 137)).To(Equal(Killed))
	g.Expect(howEnded(true, 0)).To(Equal(Exited), "it ended between the look and the kill")
	g.Expect(howEnded(true, 139)).To(Equal(Exited))
	g.Expect(howEnded(false, 1)).To(Equal(Exited))
	g.Expect(howEnded(false, 137)).To(Equal(Exited), "it did not run before the kill")
}

func TestOnlyWhatWasStartedIsWaitedFor(t *testing.T) {
	g := NewWithT(t)
	p := &Pod{started: map[Role]bool{}}
	g.Expect(p.startedInNamespace()).To(BeEmpty())
	for _, role := range []Role{Witness, Holder, Target} {
		p.started[role] = true
	}
	g.Expect(p.startedInNamespace()).To(ConsistOf(Holder, Target), "the witness is not in the namespace, and no inspector was asked")
	p.started[Inspector] = true
	g.Expect(p.startedInNamespace()).To(ConsistOf(Holder, Target, Inspector))
}
