package timeouts

import (
	"fmt"
	"strings"
	"time"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// passEvery is how often a passer-by comes, and how long it stays at most.
const passEvery = plan.TrickleInterval

// passersBy are clients that ask once and leave, while connections in mode later are held. A server may measure silence by the
// last thing that any of its clients did. It then never times out a client as long as others come. Nothing is measured by them.
type passersBy struct {
	turn []target.Listener // nobody comes if there are none
	came int
	last time.Time
	over bool // the attacker has ended
}

// passerBy begins the name of each.
const passerBy = "passer-by#"

// newPassersBy come only beside connections in mode later. A server of one process has no room for them.
func newPassersBy(t *target.Target, cells []*plan.Cell) passersBy {
	if cells[0].Mode != record.Later || t.Capacity <= 2 || len(t.Prepare) > 0 {
		return passersBy{}
	}
	return passersBy{turn: t.Listeners}
}

// passes says whether an event is one of a passer-by.
func passes(e record.Event) bool { return strings.HasPrefix(e.Hold, passerBy) }

// passBy lets the next passer-by come and the last one leave, if it is time. Nothing depends on them, so they stop if the attacker
// has ended: who waits for it says why.
func (h *holding) passBy() {
	p := &h.passers
	if len(p.turn) == 0 || p.over || time.Since(p.last) < passEvery {
		return
	}
	var err error
	if p.came > 0 {
		err = h.attacker.Send(map[string]any{"release": fmt.Sprintf("%s%d", passerBy, p.came)})
	}
	l := p.turn[p.came%len(p.turn)]
	p.came, p.last = p.came+1, time.Now()
	one := run.NewHold(h.Address(), h.Unit.Target, l, passingStage(l))
	one.ID, one.Mode, one.Watch, one.ReachWithin = fmt.Sprintf("%s%d", passerBy, p.came), record.Silent, passEvery, passEvery
	if err == nil {
		err = h.attacker.Send(map[string]any{"holds": []wire.Hold{one}})
	}
	p.over = err != nil
}

// passingStage is the stage at which the server has done what the client asked.
func passingStage(l target.Listener) string {
	switch {
	case l.Proto == "http", l.Proto == "https":
		return stages.HTTPKeepAlive
	case len(l.Conversations) > 0:
		return l.Conversations[0].Name
	case l.Proto == "tls":
		return stages.TLSEstablished
	}
	return stages.TCPConnected
}

// said adds to a failure that others came meanwhile.
func (p passersBy) said(j *record.Judgement) {
	if p.came > 0 && j.Status == record.Failed {
		j.Evidence = append(j.Evidence, fmt.Sprintf("meanwhile, %d other clients asked one after the other, one each %.1f s", p.came, passEvery.Seconds()))
	}
}

// keptToo adds passers-by where the server keeps connections that their clients have closed: it keeps theirs as well.
func (p passersBy) keptToo(kept map[int]int) {
	for i := range p.came {
		if port := p.turn[i%len(p.turn)].Port; kept[port] > 0 {
			kept[port]++
		}
	}
}
