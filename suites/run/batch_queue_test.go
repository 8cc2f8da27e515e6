package run

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/suites/plan"
)

// unitsFor are pods of targets with these names.
func unitsFor(targets map[string]*target.Target, names ...string) []plan.Unit {
	var units []plan.Unit
	for _, name := range names {
		if targets[name] == nil {
			targets[name] = &target.Target{Name: name}
		}
		units = append(units, plan.Unit{Name: "pod of " + name, Target: targets[name]})
	}
	return units
}

func podNames(b plan.Batch) (names []string) {
	for _, u := range b.Units {
		names = append(names, u.Target.Name)
	}
	return names
}

func TestPodsStartWhileImagesOfOthersAreStillBuilt(t *testing.T) {
	g := NewWithT(t)
	targets, i := map[string]*target.Target{}, newImages()
	q := newBatchQueue(i, []plan.Batch{
		{Number: 1, Units: unitsFor(targets, "apache", "nginx", "canary")},
		{Number: 2, Units: unitsFor(targets, "exim", "nginx")},
	}, 1)
	i.tell(targets["canary"])
	first := q.next()
	g.Expect(podNames(first)).To(Equal([]string{"canary"}))
	g.Expect(first.Number).To(Equal(1))

	taken := make(chan plan.Batch)
	go func() { taken <- q.next() }()
	g.Consistently(taken, "50ms").ShouldNot(Receive(), "no further image is there")
	i.tell(targets["nginx"])
	second := <-taken
	g.Expect(podNames(second)).To(Equal([]string{"nginx", "nginx"}))
	g.Expect(second.Number).To(Equal(2))

	i.tell(targets["exim"])
	i.tell(targets["apache"])
	g.Expect(podNames(q.next())).To(Equal([]string{"apache"}), "the rest of the first batch is complete")
	g.Expect(podNames(q.next())).To(Equal([]string{"exim"}))
	g.Expect(q.left()).To(BeFalse())
	g.Expect(q.given).To(Equal(4))
}

func TestBatchesStayAsPlannedWhenAllImagesAreThere(t *testing.T) {
	g := NewWithT(t)
	targets, i := map[string]*target.Target{}, newImages()
	q := newBatchQueue(i, []plan.Batch{
		{Number: 7, Units: unitsFor(targets, "a", "b")},
		{Number: 8, Units: unitsFor(targets, "c", "d", "e")},
	}, 7)
	for _, t := range targets {
		i.tell(t)
	}
	first := q.next()
	g.Expect(podNames(first)).To(Equal([]string{"a", "b"}))
	g.Expect(first.Number).To(Equal(7))
	g.Expect(podNames(q.next())).To(Equal([]string{"c", "d", "e"}))
	g.Expect(q.left()).To(BeFalse())
}

func TestBothSidesOfAComparisonStartTogether(t *testing.T) {
	g := NewWithT(t)
	targets, i := map[string]*target.Target{}, newImages()
	q := newBatchQueue(i, []plan.Batch{{Number: 1, Whole: true, Units: unitsFor(targets, "old", "new")}}, 1)
	i.tell(targets["new"])
	taken := make(chan plan.Batch)
	go func() { taken <- q.next() }()
	g.Consistently(taken, "50ms").ShouldNot(Receive())
	i.tell(targets["old"])
	g.Expect(podNames(<-taken)).To(Equal([]string{"old", "new"}))
}

// The targets of the batches come first, in the order of the batches; their holds wait while other images are built.
func TestImagesAreBuiltInTheOrderInWhichPodsNeedThem(t *testing.T) {
	g := NewWithT(t)
	targets := map[string]*target.Target{}
	batches := []plan.Batch{{Units: unitsFor(targets, "nginx", "apache")}, {Units: unitsFor(targets, "apache", "exim")}}
	starts := &target.Target{Name: "digest"}
	p := &plan.Plan{Targets: []*target.Target{targets["apache"], starts, targets["exim"], targets["nginx"]}, Batches: batches}
	g.Expect(inOrderOfUse(p)).To(Equal([]*target.Target{targets["nginx"], targets["apache"], targets["exim"], starts}))
}

func TestAnImageThatFailsIsKnown(t *testing.T) {
	g := NewWithT(t)
	i := newImages()
	a := &target.Target{Name: "a"}
	i.targets["a"] = builtImage{err: errors.New("no such image")}
	i.tell(a)
	g.Expect(i.await([]*target.Target{{Name: "b"}, a})).To(Equal([]int{1}))
	_, err := i.target(a)
	g.Expect(err).To(MatchError("image of target a: no such image"))
}
