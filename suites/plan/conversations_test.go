package plan_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// TestAConversationSaysWhatItTrickles: how often, how many bytes, or none.
func TestAConversationSaysWhatItTrickles(t *testing.T) {
	g := NewWithT(t)
	text := strings.Replace(file, "{port: 8080, proto: http}", `{port: 25, proto: tcp, conversations: {usual: [{send: a}],
    own: [{send: a}, {trickle: {bytes: 20, every: 1300ms}}], dump: [{send: a}, {unread: true}, {trickle: {bytes: 0}}]}}`, 1)
	p, err := plan.Make([]*target.Target{loaded(t, text+`  "*": {idle: 5s}`+"\n")}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
	cells := map[string]*plan.Cell{}
	for _, c := range p.Cells {
		cells[c.Address] = c
	}
	g.Expect(cells).To(HaveKey("edge/web/dump/silent"))
	g.Expect(cells).NotTo(HaveKey("edge/web/dump/trickle"))
	usual, own := cells["edge/web/usual/trickle"], cells["edge/web/own/trickle"]
	g.Expect(usual.Interval()).To(Equal(plan.TrickleInterval))
	g.Expect(own.Interval()).To(Equal(1300 * time.Millisecond))
	g.Expect(own.Trickle - usual.Trickle).To(Equal(2 * (1300*time.Millisecond - plan.TrickleInterval)))
	g.Expect(own.Stage.TrickleLasts(own.Interval())).To(Equal(26 * time.Second))
	g.Expect(own.Mode).To(Equal(record.Trickle))
}
