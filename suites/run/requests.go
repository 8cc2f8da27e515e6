package run

import (
	"net"
	"slices"
	"strconv"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// Address is the address and port of a listener. host is an IP address or a name.
func Address(host string, l target.Listener) string {
	return net.JoinHostPort(host, strconv.Itoa(l.Port))
}

// NewHold is a hold of a connection at a stage of a listener. The target's file says how the attacker speaks to the listener.
func NewHold(host string, t *target.Target, l target.Listener, stage string) wire.Hold {
	h := wire.Hold{Address: Address(host, l), Stage: stage, TLS: speakTLS(t, l), Request: request(t), Preface: preface(l),
		ReachWithin: l.Reach, Settle: l.Settle}
	if i := slices.IndexFunc(l.Conversations, func(c target.Conversation) bool { return c.Name == stage }); i >= 0 {
		c := l.Conversations[i]
		h.Conversation, h.Unread = Steps(c.Steps), c.Unread
		if own := c.Trickle; own != nil && own.Count > 0 {
			h.Trickles = &wire.Trickles{Bytes: own.Bytes, Count: own.Count}
		}
	}
	return h
}

// NewProbe is a probe of a listener. The target's file says how the attacker speaks to the listener.
func NewProbe(host string, t *target.Target, l target.Listener) wire.ProbeRequest {
	return wire.ProbeRequest{Address: Address(host, l), Proto: probeProto(l.Proto), TLS: speakTLS(t, l), Preface: preface(l), Request: request(t)}
}

// probeProto is the protocol of a probe, where TLS is a field apart.
func probeProto(proto string) string {
	if proto == "https" {
		return "http"
	}
	return proto
}

// speakTLS is how the attacker speaks TLS, nil for a listener without TLS.
func speakTLS(t *target.Target, l target.Listener) *wire.TLS {
	if l.Proto != "https" && l.Proto != "tls" {
		return nil
	}
	speak := &wire.TLS{ServerName: l.SNI, Version: l.TLS}
	if l.ClientCertificate {
		speak.ClientCert = t.ClientCert
	}
	return speak
}

// preface is what the attacker sends before a listener's stages: the PROXY protocol's header, then the steps of the file.
func preface(l target.Listener) []wire.Step {
	if l.Proxy == "" {
		return Steps(l.Preface)
	}
	return append([]wire.Step{{Proxy: l.Proxy}}, Steps(l.Preface)...)
}

func request(t *target.Target) wire.Request {
	return wire.Request{Host: t.Request.Host, Path: t.Request.Path, Body: t.Request.Body, Large: t.Request.Large,
		Headers: t.Request.Headers}
}

// Steps are those of a target file, as the attacker carries them out.
func Steps(from []target.Step) []wire.Step {
	to := make([]wire.Step, len(from))
	for i, s := range from {
		to[i] = wire.Step{Expect: s.Expect, ExpectHex: s.ExpectHex, Send: s.Send, Hex: s.Hex, TLS: s.TLS}
	}
	return to
}
