package campaign

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"stalemate/attackers"
	"stalemate/fixtures"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// stagger lies between the starts of two holds of a pod: a burst of handshakes
// would make the last of them late, and is not what is measured.
const stagger = 25 * time.Millisecond

// HoldID names one repeat of a cell, counted from 1.
func HoldID(c *plan.Cell, repeat int) string { return fmt.Sprintf("%s#%d", c.Address, repeat+1) }

// attack makes the plan that the attacker of one pod carries out.
func attack(run string, u plan.Unit, address string) attackers.Plan {
	p := attackers.Plan{Run: run, Target: u.Target.Name, Pod: u.Name}
	for repeat := range u.Target.Repeat {
		for _, c := range u.Cells {
			p.Holds = append(p.Holds, hold(c, repeat, address, time.Duration(len(p.Holds))*stagger))
		}
	}
	return p
}

func hold(c *plan.Cell, repeat int, address string, after time.Duration) attackers.Hold {
	l := c.Listener
	return attackers.Hold{
		ID: HoldID(c, repeat), Cell: c.Address, Stage: c.Stage.Name, Mode: c.Mode,
		Address:      net.JoinHostPort(address, strconv.Itoa(l.Port)),
		TLS:          speakTLS(c.Target, l),
		Request:      request(c.Target),
		Preface:      preface(l),
		Conversation: conversation(l, c.Stage.Name),
		StartAfter:   after,
		Interval:     plan.TrickleInterval,
		Phase:        clearOf(c.Plan.Limit, phase(len(c.Address)+repeat*7)),
		TrickleFor:   c.Trickle,
		Watch:        c.Watch,
	}
}

// clearOf moves a trickle's phase so that no byte comes near the moment at which the limit fires.
// A handler that only sets a flag while its process is not in read() is missed by that read,
// with or without SA_RESTART: that race is the design's own, and not what is measured.
func clearOf(l *record.Limit, phase time.Duration) time.Duration {
	const near = plan.TrickleInterval / 5
	if l == nil || l.Kind == record.Idle {
		return phase
	}
	between := (time.Duration(l.Seconds*float64(time.Second)) - phase) % plan.TrickleInterval
	if between < near || between > plan.TrickleInterval-near {
		return (phase + 2*near) % plan.TrickleInterval
	}
	return phase
}

// phase spreads the first bytes of trickles over their interval, the same in every run.
func phase(n int) time.Duration {
	const parts = 10
	return plan.TrickleInterval / parts * time.Duration(1+n%(parts-1))
}

func speakTLS(t *fixtures.Target, l fixtures.Listener) *attackers.TLS {
	if l.Proto != "https" && l.Proto != "tls" {
		return nil
	}
	speak := &attackers.TLS{ServerName: l.SNI, Version: l.TLS}
	if l.ClientCertificate {
		speak.ClientCert = t.ClientCert
	}
	return speak
}

// preface is what goes before a listener's stages: the PROXY protocol's header first, then the file's own steps.
func preface(l fixtures.Listener) []attackers.Step {
	if l.Proxy == "" {
		return steps(l.Preface)
	}
	return append([]attackers.Step{{Proxy: l.Proxy}}, steps(l.Preface)...)
}

func request(t *fixtures.Target) attackers.Request {
	return attackers.Request{Host: t.Request.Host, Path: t.Request.Path, Body: t.Request.Body, Large: t.Request.Large,
		Headers: t.Request.Headers}
}

func steps(from []fixtures.Step) []attackers.Step {
	to := make([]attackers.Step, len(from))
	for i, s := range from {
		to[i] = attackers.Step{Expect: s.Expect, Send: s.Send, TLS: s.TLS}
	}
	return to
}

func conversation(l fixtures.Listener, stage string) []attackers.Step {
	for _, c := range l.Conversations {
		if c.Name == stage {
			return steps(c.Steps)
		}
	}
	return nil
}

// deadline is when a hold's limit runs out, 0 where nothing is expected to.
func deadline(h *tracked) int64 {
	l := h.cell.Plan.Limit
	switch {
	case l == nil, h.Parked == 0, h.ProvenAt == 0:
		return 0
	case h.cell.Mode == record.Trickle && l.Kind == record.Idle:
		if h.TrickleEnd == 0 {
			return 0 // it counts from a byte that has not been sent yet
		}
	case h.cell.Mode == record.Trickle:
		return max(h.Parked, h.ProvenAt) + int64(l.Seconds*1e9)
	}
	return max(h.Parked, h.LastByte, h.ProvenAt) + int64(l.Seconds*1e9)
}

// idle says whether the hold's limit counts from its last byte.
func (h *tracked) idle() bool {
	return h.cell != nil && h.cell.Plan.Limit != nil && h.cell.Plan.Limit.Kind == record.Idle
}
