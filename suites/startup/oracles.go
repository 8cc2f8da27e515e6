package startup

import (
	"context"
	"fmt"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
)

// oracles are what a start must serve.
func (u *scenarioPod) oracles() []target.Oracle { return u.leftovers().Oracles }

// ask asks one oracle once.
func (u *scenarioPod) ask(ctx context.Context, o target.Oracle) (asked, error) {
	a, err := run.AskOracle(ctx, u.probe, u.pod.Address(), u.Target, o)
	return asked{a.Oracle, a.Began, a.Ended}, err
}

// probe puts one question to the server, all over one exec of the attacker.
func (u *scenarioPod) probe(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error) {
	result, err := u.prober.Ask(ctx, q)
	if err != nil {
		return result, fmt.Errorf("probe %s: %w", q.Address, err)
	}
	return result, nil
}
