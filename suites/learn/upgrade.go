package learn

import (
	"context"
	"fmt"
	"strings"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// upgrade is how a plain connection becomes TLS.
type upgrade struct {
	name     string      // of the command
	hello    []wire.Step // what comes before it, a stage by itself; none if that is the greeting
	steps    []wire.Step // all, from the greeting to the answer after which TLS begins
	versions []string    // of TLS that the server accepts then
}

// upgrades are those of RFC 3207 (SMTP), 9051 section 6.2.1 (IMAP), 2595 section 4 (POP3) and 4217 section 4 (FTP).
func upgrades() []upgrade {
	expect := func(line string) wire.Step { return wire.Step{Expect: `(?m)^` + line + `.*\r?\n`} }
	send := func(line string) wire.Step { return wire.Step{Send: line + "\r\n"} }
	hello := []wire.Step{expect("220 "), send("EHLO stalemate.invalid"), expect("250 ")}
	return []upgrade{
		{name: "SMTP STARTTLS", hello: hello, steps: append(hello[:len(hello):len(hello)], send("STARTTLS"), expect("220 "))},
		{name: "IMAP STARTTLS", steps: []wire.Step{expect(`\* OK`), send("a STARTTLS"), expect("a OK")}},
		{name: "POP3 STLS", steps: []wire.Step{expect(`\+OK`), send("STLS"), expect(`\+OK`)}},
		{name: "FTP AUTH TLS", steps: []wire.Step{expect("220 "), send("AUTH TLS"), expect("234 ")}},
	}
}

// askUpgrade finds out whether the server offers TLS on a plain connection. It has greeted its client.
func (p *port) askUpgrade(ctx context.Context, in run.Server, t *target.Target) error {
	for _, u := range upgrades() {
		ask := question(in.Address(), p.number, t, "")
		ask.Proto, ask.Timeout, ask.Conversation = "tcp", bannerWithin, u.steps[:1]
		greeted, err := run.Probe(ctx, in, ask)
		if err != nil {
			return err
		}
		if !greeted.OK {
			continue
		}
		for _, version := range []string{"1.2", "1.3"} {
			ask := question(in.Address(), p.number, t, version)
			ask.Proto, ask.Timeout, ask.Preface = "tls", bannerWithin, u.steps
			result, err := run.Probe(ctx, in, ask)
			if err != nil {
				return err
			}
			if result.OK {
				u.versions = append(u.versions, version)
			} else if result.Reached == "dial" && len(u.versions) == 0 {
				break // it does not know the command: no other version will change that
			}
		}
		if len(u.versions) > 0 {
			p.upgrade = &u
			return nil
		}
	}
	return nil
}

// yamlSteps writes a conversation as in a target file.
func yamlSteps(steps []wire.Step) string {
	texts := make([]string, len(steps))
	for i, s := range steps {
		texts[i] = fmt.Sprintf("{send: %q}", s.Send)
		if s.Expect != "" {
			texts[i] = fmt.Sprintf("{expect: %q}", s.Expect)
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
