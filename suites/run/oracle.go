package run

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"stalemate/attackers"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/verdict"
)

// AskProbe puts one question to the server.
type AskProbe func(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error)

// OracleAnswer is one question to an oracle: the answer, and when the exchange began and ended, in nanoseconds of CLOCK_MONOTONIC.
type OracleAnswer struct {
	verdict.Oracle
	Began, Ended int64
}

// AskOracle asks one oracle of the target's file once. host is the server's address.
func AskOracle(ctx context.Context, ask AskProbe, host string, t *target.Target, o target.Oracle) (OracleAnswer, error) {
	i := slices.IndexFunc(t.Listeners, func(l target.Listener) bool { return l.Name == o.Listener })
	if i < 0 {
		return OracleAnswer{}, fmt.Errorf("oracle %s names the listener %q, which target %s does not have", o.Name, o.Listener, t.Name)
	}
	q := NewProbe(host, t, t.Listeners[i])
	q.Timeout, q.Expect = o.Within, o.Status
	q.Request.Path = o.Path
	if o.Kind == "digest" {
		return askDigest(ctx, ask, o, q)
	}
	result, err := ask(ctx, q)
	return OracleAnswer{verdict.Oracle{Name: o.Name, OK: result.OK, Detail: result.Error, Class: result.ErrorClass}, result.T, result.EndT}, err
}

// askDigest authenticates, and then sends the same answer again: a server whose counter is alive refuses the replay.
func askDigest(ctx context.Context, ask AskProbe, o target.Oracle, q wire.ProbeRequest) (OracleAnswer, error) {
	seen := OracleAnswer{Oracle: verdict.Oracle{Name: o.Name}}
	q.Expect = http.StatusUnauthorized
	result, err := ask(ctx, q)
	seen.Began, seen.Ended = result.T, result.EndT
	if err != nil || !result.OK {
		seen.Detail, seen.Class = "no challenge: "+result.Error, result.ErrorClass
		return seen, err
	}
	challenge := http.Header(result.Headers).Get("WWW-Authenticate")
	answer, err := attackers.DigestAuthorization(challenge, o.User, o.Password, http.MethodGet, q.Request.Path, 1)
	if err != nil {
		seen.Detail = err.Error()
		return seen, nil
	}
	q.Headers, q.Expect = map[string]string{"Authorization": answer}, o.Status
	if result, err = ask(ctx, q); err != nil || !result.OK {
		seen.Detail, seen.Class = "authentication failed: "+result.Error, result.ErrorClass
		return seen, err
	}
	q.Expect = http.StatusUnauthorized
	if result, err = ask(ctx, q); err != nil || !result.OK {
		seen.Detail, seen.Class = "the replay of a nonce was not refused: "+result.Error, result.ErrorClass
		return seen, err
	}
	seen.OK, seen.Ended = true, result.EndT
	return seen, nil
}
