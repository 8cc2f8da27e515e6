package learn

import (
	"context"
	"net"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// ask finds out what a port speaks, by trying: TLS, then HTTP, then whether it speaks first.
func (p *port) ask(ctx context.Context, in run.Server, t *target.Target) error {
	for _, version := range []string{"1.2", "1.3"} {
		result, err := run.Probe(ctx, in, question(in.Address(), p.number, t, version))
		if err != nil {
			return err
		}
		if result.Reached == "tls" || result.Reached == "http" {
			p.tls = append(p.tls, version)
			p.take(result, version)
		}
	}
	if len(p.tls) > 0 {
		return p.show(ctx, in, t)
	}
	ask := question(in.Address(), p.number, t, "")
	result, err := run.Probe(ctx, in, ask)
	if err != nil {
		return err
	}
	p.take(result, "")
	if p.http {
		return p.show(ctx, in, t)
	}
	ask.Proto, ask.Timeout, ask.Conversation = "tcp", bannerWithin, []wire.Step{{Expect: "(?s)."}}
	if result, err = run.Probe(ctx, in, ask); err != nil {
		return err
	}
	if p.banner = result.OK; !p.banner {
		return p.askProtocol(ctx, in, t)
	}
	if err := p.show(ctx, in, t); err != nil {
		return err
	}
	if err := p.askUpgrade(ctx, in, t); err != nil || p.upgrade != nil {
		return err
	}
	return p.askProtocol(ctx, in, t)
}

// question is the target's request, to a port of it; over that version of TLS, or "" for none.
func question(address string, number int, t *target.Target, version string) wire.ProbeRequest {
	l := target.Listener{Port: number, Proto: "http"}
	if version != "" {
		l.Proto, l.TLS, l.SNI = "https", version, sni(t)
	}
	ask := run.NewProbe(address, t, l)
	ask.Timeout = askWithin
	return ask
}

// again is the question that the port answered, with that answer as the only good one.
func (p *port) again(address string, t *target.Target) wire.ProbeRequest {
	ask := question(address, p.number, t, p.asked)
	ask.Within = restartWithin
	switch {
	case p.http:
		ask.Expect = p.status
	case p.asked != "":
		ask.Proto = "tls"
	default:
		ask.Proto = "tcp"
	}
	return ask
}

// sni is a name to ask for: that of the request, where it is one.
func sni(t *target.Target) string {
	if host := t.Request.Host; host != "localhost" && net.ParseIP(host) == nil {
		return host
	}
	return ""
}

// take keeps an answer, over that version of TLS. One of HTTP is worth more than one that came no further than TLS.
func (p *port) take(r wire.ProbeResult, version string) {
	switch {
	case r.Reached == "http":
		p.http, p.status, p.headers, p.page, p.asked, p.error = true, r.Status, r.Headers, r.Body, version, ""
	case !p.http:
		p.asked, p.error = version, r.Error
	}
}
