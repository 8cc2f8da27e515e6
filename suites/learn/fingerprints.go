package learn

import (
	"context"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// fingerprint is a conversation that only one server has so.
type fingerprint struct {
	product string
	banner  bool // of servers that speak first; else of those that speak HTTP
	steps   []wire.Step
}

func fingerprints() []fingerprint {
	return []fingerprint{
		// net/http answers what is no HTTP with these words and no other header (net/http/server.go, errorHeaders).
		{goServer, false, []wire.Step{{Send: "stalemate\r\n\r\n"},
			{Expect: `^HTTP/1\.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request`}}},
		// smtpd_banner is "$myhostname ESMTP $mail_name" by default (postconf(5)).
		{postfix, true, []wire.Step{{Expect: `(?i)^220[ -].* ESMTP Postfix`}}},
	}
}

// show looks for the answers that show which server it is, where neither the process nor a header says so.
func (p *port) show(ctx context.Context, in run.Server, t *target.Target) error {
	if len(p.headers["Server"]) > 0 {
		return nil
	}
	for _, f := range fingerprints() {
		if f.banner != p.banner {
			continue
		}
		ask := question(in.Address(), p.number, t, p.asked)
		ask.Proto, ask.Timeout, ask.Conversation = "tcp", bannerWithin, f.steps
		result, err := run.Probe(ctx, in, ask)
		if err != nil {
			return err
		}
		if result.OK {
			p.product = f.product
			return nil
		}
	}
	return nil
}
