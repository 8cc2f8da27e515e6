package learn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// asking makes one exchange with the target.
type asking func(context.Context, wire.ProbeRequest) (wire.ProbeResult, error)

// spoken is a protocol that a port was seen to speak, and those of its ready-made conversations that the server answered.
type spoken struct {
	protocol string
	talks    []string
}

// recognise finds the protocol of a port that speaks neither TLS nor HTTP: by the greeting of a server that speaks first, by the
// number of its port otherwise. It is nil if the server answers none of the conversations that expect something.
func (p *port) recognise(ctx context.Context, ask asking, address string, t *target.Target, protocols []target.Protocol) (*spoken, error) {
	for _, protocol := range protocols {
		question := question(address, p.number, t, "")
		question.Proto, question.Timeout = "tcp", bannerWithin
		switch {
		case p.banner && protocol.Greeting != "":
			question.Conversation = []wire.Step{{Expect: protocol.Greeting}}
			greeted, err := ask(ctx, question)
			if err != nil {
				return nil, err
			}
			if !greeted.OK {
				continue
			}
		case p.banner || protocol.Greeting != "" || !slices.Contains(protocol.Ports, p.number):
			continue
		}
		found := &spoken{protocol: protocol.Name}
		answered, expects := false, false
		for _, c := range protocol.Conversations {
			question.Conversation = run.Steps(c.Steps)
			result, err := ask(ctx, question)
			if err != nil {
				return nil, err
			}
			waits := slices.ContainsFunc(c.Steps, func(s target.Step) bool { return s.Expect != "" || s.ExpectHex != "" })
			expects, answered = expects || waits, answered || waits && result.OK
			if result.OK && !slices.Contains(protocol.ByHand, c.Name) {
				found.talks = append(found.talks, c.Name)
			}
		}
		if (answered || !expects) && len(found.talks) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// conversations writes the key of a listener.
func (s *spoken) conversations() string {
	texts := make([]string, len(s.talks))
	for i, name := range s.talks {
		texts[i] = fmt.Sprintf("%s: [{use: %s.%s}]", name, s.protocol, name)
	}
	return ", conversations: {" + strings.Join(texts, ", ") + "}"
}

// askProtocol finds out whether the port speaks a protocol that stalemate knows.
func (p *port) askProtocol(ctx context.Context, in run.Server, t *target.Target) error {
	protocols, err := target.ReadyMade()
	if err != nil {
		return err
	}
	ask := func(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error) { return run.Probe(ctx, in, q) }
	p.spoken, err = p.recognise(ctx, ask, in.Address(), t, protocols)
	return err
}
