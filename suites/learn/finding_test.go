package learn

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

const watched = 22.0

// cellOf is a cell of a listener that speaks TLS.
func cellOf(stage string, mode record.Mode) *plan.Cell {
	info, _ := stages.Named(stage)
	return &plan.Cell{Address: "t/tls12/" + stage + "/" + string(mode), Stage: info, Mode: mode,
		Listener: target.Listener{Name: "tls12", Proto: "https"}, Target: &target.Target{Name: "t"}}
}

func at(s float64) int64 { return int64(1e12) + int64(s*float64(time.Second)) }

// silent holds that were released after so many seconds; 0 means not at all.
func silent(stage string, seconds ...float64) measured {
	m := measured{cell: cellOf(stage, record.Silent)}
	for _, s := range seconds {
		m.holds = append(m.holds, holdOf(s, 0))
	}
	return m
}

// trickled holds that were sent bytes up to their end, or, with a positive last, up to then.
func trickled(stage string, last float64, seconds ...float64) measured {
	m := measured{cell: cellOf(stage, record.Trickle)}
	for _, s := range seconds {
		sent := last
		if last == 0 {
			sent = watched - 0.1
			if s != 0 {
				sent = s - 0.1
			}
		}
		h := holdOf(s, sent)
		if last != 0 {
			h.TrickleEnd = at(last)
		}
		m.holds = append(m.holds, h)
	}
	return m
}

func holdOf(released, last float64) record.HoldState {
	h := record.HoldState{Connected: at(-0.01), Parked: at(0), LastByte: at(last), Proven: at(0), Watched: at(watched)}
	if released != 0 {
		h.Released, h.WorkerFreed, h.By = at(released), at(released+0.01), record.ByFIN
	}
	return h
}

func TestFind(t *testing.T) {
	apache, unheard := server{}, server{}
	for _, s := range servers {
		if s.name == "Apache" {
			apache = s.server
		}
	}
	const hello, head = "tls.client-hello", "http.headers"
	for _, c := range []struct {
		name   string
		server server
		cells  []measured
		rules  []string
	}{
		{"idle: a trickle puts it off", unheard, []measured{silent(head, 6.01, 6.02, 6.01), trickled(head, 0, 0, 0, 0)},
			[]string{"{idle: 6s}", `{at_least: 20s, weakness: "not released within 20s, while a byte came every 700ms"}`}},
		{"absolute: released while bytes came", unheard, []measured{silent(head, 4.01, 4.02, 4.01), trickled(head, 0, 4.02, 4.01, 4.03)},
			[]string{"{absolute: 4s}", "{absolute: 4s, granularity: 700ms}"}},
		{"absolute, looked at when a byte comes", unheard, []measured{trickled(head, 0, 4.02, 4.31, 4.63)}, []string{"{absolute: 4s, granularity: 700ms}"}},
		{"the same, with a silent hold to go by", unheard, []measured{silent(head, 10.01, 10.02), trickled(head, 0, 10.29, 10.64)},
			[]string{"{absolute: 10s}", "{absolute: 10s, granularity: 700ms}"}},
		{"bytes buy a little time", unheard, []measured{silent(head, 20.02, 20.02), trickled(head, 0, 22.26, 22.62)},
			[]string{"{absolute: 20s}", "{absolute: 20500ms, granularity: 4s}"}},
		{"silence after a few bytes, idle", unheard, []measured{silent(hello, 6.01, 6.01), trickled(hello, 2, 8.01, 8.01)},
			[]string{"{idle: 6s}", "{idle: 6s}"}},
		{"silence after a few bytes, absolute", unheard, []measured{silent(hello, 4.01, 4.01), trickled(hello, 2, 4.01, 4.01)},
			[]string{"{absolute: 4s}", "{absolute: 4s, granularity: 700ms}"}},
		{"the cap came first", unheard, []measured{silent(hello, 0, 0), trickled(hello, 0, 0, 0)},
			[]string{`{at_least: 20s, weakness: "not released within 20s"}`, `{at_least: 20s, weakness: "not released within 20s, while a byte came every 700ms"}`}},
		{"the message was too short to trickle for so long", unheard, []measured{trickled(hello, 5, 0, 0)}, []string{`{at_least: 20s, weakness: "not released within 20s"}`}},
		{"the cap came first, and the server is known", apache, []measured{silent(hello, 0, 0), trickled(hello, 0, 0, 0)},
			[]string{`{at_least: 20s, weakness: "not released within 20s; set Timeout to end it"}`,
				`{at_least: 20s, weakness: "not released within 20s, while a byte came every 700ms; set RequestReadTimeout handshake= to end it"}`}},
		{"the holds disagree", unheard, []measured{silent(hello, 19.5, 0)}, []string{`{at_least: 19300ms, weakness: "the server closed 1 of 2 connections, after 19.50 s"}`}},
		{"looked at once a second", unheard, []measured{silent(hello, 5.2, 5.9, 5.6), silent("tls.server-hello", 5.05, 5.06)},
			[]string{"{idle: 5s, granularity: 1s}", "{idle: 5s, granularity: 1s}"}},
		{"half a second", unheard, []measured{silent(hello, 2.51, 2.52)}, []string{"{idle: 2500ms}"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			var rules []string
			for _, f := range find(c.cells, 20) {
				rules = append(rules, f.rule(c.server, Options{}))
			}
			g.Expect(rules).To(Equal(c.rules))
		})
	}
}

func TestWhatProvesNothingHasNoRule(t *testing.T) {
	g := NewWithT(t)
	deferred, busy, notSeen := silent("tcp.connected", 0, 0), silent("tls.client-hello", 0, 0), silent("tls.server-hello", 0, 0)
	for i := range deferred.holds {
		deferred.holds[i].Proven, busy.holds[i].Proven, notSeen.holds[i].Proven = 0, 0, 0
		busy.holds[i].Queue = record.Backlog
	}
	absent := silent("http.body", 0)
	absent.holds[0].NotApplicable = "the server answered 405"
	kept := silent("http.headers", 5.01)
	kept.holds[0].WorkerFreed = 0
	found := find([]measured{deferred, absent, kept, busy, notSeen}, 20)
	g.Expect(found[0].outcome).To(Equal(unknown))
	g.Expect(found[0].why).To(ContainSubstring("TCP_DEFER_ACCEPT"))
	g.Expect(found[3].why).To(And(ContainSubstring("busy with the others"), Not(ContainSubstring("TCP_DEFER"))))
	g.Expect(found[4].why).To(And(Not(BeEmpty()), Not(ContainSubstring("TCP_DEFER"))), "bytes were sent")
	g.Expect(found[1].outcome).To(Equal(notApplicable))
	g.Expect(found[2].outcome).To(Equal(unknown))
	for _, f := range found {
		g.Expect(f.rule(server{}, Options{})).To(BeEmpty())
	}
	stages, why := leaveOut(found, nil)
	g.Expect(stages).To(Equal(map[string][]string{"tls12": {"http.body"}}))
	g.Expect(why).To(HaveLen(4))
}

func TestPatternsMatchTheirCellsAlone(t *testing.T) {
	g := NewWithT(t)
	of := func(listener, stage string, mode record.Mode) finding {
		c := cellOf(stage, mode)
		c.Listener.Name, c.Address = listener, "t/"+listener+"/"+stage+"/"+string(mode)
		return finding{cell: c}
	}
	a, b := of("tls12", "tls.finished", record.Silent), of("tls13", "tls.finished", record.Silent)
	c, d := of("tls12", "tls.finished", record.Trickle), of("tls13", "tls.finished", record.Trickle)
	all := []finding{a, b, c, d}
	g.Expect(patterns(all, all)).To(Equal([]string{"tls.finished"}))
	g.Expect(patterns([]finding{a, b}, all)).To(Equal([]string{"tls.finished/silent"}))
	g.Expect(patterns([]finding{a, c}, all)).To(Equal([]string{"tls12/tls.finished"}))
	g.Expect(patterns([]finding{a}, all)).To(Equal([]string{"tls12/tls.finished/silent"}))
}

func TestNameOf(t *testing.T) {
	g := NewWithT(t)
	for image, name := range map[string]string{"registry.test:5000/team/Edge_Nginx:1.28": "edge-nginx", "a@sha256:00": "a", "x/---": "target",
		"long-long-long-long-long-long-long-long:1": "long-long-long-long-long-long"} {
		g.Expect(nameOf(image)).To(Equal(name))
	}
}
