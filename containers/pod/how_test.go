package pod

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestOnlyWhoWasEndedByTheKillIsCalledKilled(t *testing.T) {
	g := NewWithT(t)
	g.Expect(howKilled(true, 137)).To(Equal(Killed))
	g.Expect(howKilled(true, 0)).To(Equal(Exited), "it ended between the look and the kill")
	g.Expect(howKilled(true, 139)).To(Equal(Exited))
	g.Expect(howKilled(false, 1)).To(Equal(Exited))
	g.Expect(howKilled(false, 137)).To(Equal(Exited), "somebody else killed it")
}

func TestOnlyWhatWasStartedIsWaitedFor(t *testing.T) {
	g := NewWithT(t)
	p := &Pod{begun: map[Role]bool{}}
	g.Expect(p.inNamespace()).To(BeEmpty())
	for _, role := range []Role{Witness, Holder, Target} {
		p.begun[role] = true
	}
	g.Expect(p.inNamespace()).To(ConsistOf(Holder, Target), "the witness is not in the namespace, and no inspector was asked")
	p.begun[Inspector] = true
	g.Expect(p.inNamespace()).To(ConsistOf(Holder, Target, Inspector))
}
