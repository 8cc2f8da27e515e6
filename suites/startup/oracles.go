package startup

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"stalemate/attackers"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

// oracles are what a start must serve.
func (u *scenarioPod) oracles() []target.Oracle { return u.leftovers().Oracles }

// ask asks one oracle once.
func (u *scenarioPod) ask(ctx context.Context, o target.Oracle) (asked, error) {
	i := slices.IndexFunc(u.Target.Listeners, func(l target.Listener) bool { return l.Name == o.Listener })
	q := run.NewProbe(u.pod.Address(), u.Target, u.Target.Listeners[i])
	q.Timeout, q.Expect = o.Within, o.Status
	q.Request.Path = o.Path
	if o.Kind == "digest" {
		return u.askDigest(ctx, o, q)
	}
	result, err := u.probe(ctx, q)
	return asked{verdict.Oracle{Name: o.Name, OK: result.OK, Detail: result.Error, Class: result.ErrorClass}, result.T, result.EndT}, err
}

// probe puts one question to the server, all over one exec of the attacker.
func (u *scenarioPod) probe(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error) {
	result, err := u.prober.Ask(ctx, q)
	if err != nil {
		return result, fmt.Errorf("probe %s: %w", q.Address, err)
	}
	return result, nil
}

// askDigest authenticates, and then sends the same answer again: a server whose counter is alive refuses the replay.
func (u *scenarioPod) askDigest(ctx context.Context, o target.Oracle, q wire.ProbeRequest) (asked, error) {
	seen := asked{Oracle: verdict.Oracle{Name: o.Name}}
	q.Expect = http.StatusUnauthorized
	result, err := u.probe(ctx, q)
	seen.began, seen.ended = result.T, result.EndT
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
	if result, err = u.probe(ctx, q); err != nil || !result.OK {
		seen.Detail, seen.Class = "authentication failed: "+result.Error, result.ErrorClass
		return seen, err
	}
	q.Expect = http.StatusUnauthorized
	if result, err = u.probe(ctx, q); err != nil || !result.OK {
		seen.Detail, seen.Class = "the replay of a nonce was not refused: "+result.Error, result.ErrorClass
		return seen, err
	}
	seen.OK, seen.ended = true, result.EndT
	return seen, nil
}
