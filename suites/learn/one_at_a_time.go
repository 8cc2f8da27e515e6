package learn

import (
	"context"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

const (
	silentFor  = 3 * time.Second        // the client that says nothing more
	askedFor   = 2 * time.Second        // the clients that are asking meanwhile
	askedEvery = 400 * time.Millisecond // between two of them
	answerIn   = time.Second            // one of them: servers that are not busy need milliseconds
	fewest     = 2                      // clients that must not have been served: one may have had bad luck
)

// nobodySays is what a silent client waits for.
const nobodySays = "^a text that no server sends$"

// servesOneAtATime says whether a client that stops in the middle keeps the server from serving others at this port.
func servesOneAtATime(ctx context.Context, in run.Server, t *target.Target, p port) (bool, error) {
	silent := question(in.Address(), p.number, t, "")
	silent.Proto, silent.Timeout, silent.Conversation = "tcp", silentFor, []wire.Step{p.beginning(), {Expect: nobodySays}}
	type answer struct {
		wire.ProbeResult
		err error
	}
	held := make(chan answer, 1)
	go func() {
		result, err := run.Probe(ctx, in, silent)
		held <- answer{result, err}
	}()
	meanwhile := p.again(in.Address(), t)
	meanwhile.Within, meanwhile.RepeatFor, meanwhile.Interval, meanwhile.Timeout = 0, askedFor, askedEvery, answerIn
	if meanwhile.Proto == "tcp" {
		if !p.banner {
			<-held
			return false, nil // the kernel accepts for the server: nothing shows whether it serves
		}
		meanwhile.Conversation = []wire.Step{{Expect: "(?s)."}}
	}
	others, err := pod.AskAll[wire.ProbeResult](ctx, in, pod.Attacker, wire.CommandProbe, meanwhile)
	first := <-held
	switch {
	case err != nil:
		return false, err
	case first.err != nil:
		return false, first.err
	}
	return starved(first.ProbeResult, others), nil
}

// beginning is the beginning of what a client of the port sends.
func (p port) beginning() wire.Step {
	switch {
	case p.asked != "":
		return wire.Step{Hex: "16"} // of a TLS record
	case p.http:
		return wire.Step{Send: "GET / HTTP/1.1\r\nHost: "}
	}
	return wire.Step{Expect: "(?s)."} // the greeting
}

// starved says whether none of the clients was served that came while another was silent.
func starved(silent wire.ProbeResult, others []wire.ProbeResult) bool {
	const settled = int64(200 * time.Millisecond) // until the server has read what the silent client sent
	came := 0
	for _, o := range others {
		if o.T < silent.T+settled || o.T+int64(answerIn) > silent.EndT {
			continue // the silent one was not there yet, or not for long enough
		}
		if came++; o.OK || o.ErrorClass != "timeout" {
			return false
		}
	}
	return came >= fewest
}
