package timeouts

import (
	"context"
	"fmt"
	"sync"
	"time"

	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
	"stalemate/suites/run"
	"stalemate/suites/verdict"
)

const (
	// answersWithin is how long a server is asked again that does not answer. One that answers later is as good as dead.
	answersWithin = 15 * time.Second
	// askTimeout bounds one exchange.
	askTimeout = 5 * time.Second
	// askEvery lies between two questions.
	askEvery = 100 * time.Millisecond
)

// question is a listener or an oracle, and how it is asked once.
type question struct {
	name string
	ask  func(ctx context.Context, ask run.AskProbe) (run.OracleAnswer, error)
}

// questions are all listeners and oracles of the target.
func (a *asked) questions() []question {
	t := a.Unit.Target
	var all []question
	for _, l := range t.Listeners {
		q := probeOf(a.Address(), t, l)
		all = append(all, question{"listener " + l.Name, func(ctx context.Context, ask run.AskProbe) (run.OracleAnswer, error) {
			r, err := ask(ctx, q)
			return run.OracleAnswer{Oracle: verdict.Oracle{OK: r.OK, Detail: r.Error}, Began: r.T, Ended: r.EndT}, err
		}})
	}
	if t.Leftovers == nil {
		return all
	}
	for _, o := range t.Leftovers.Oracles {
		all = append(all, question{"oracle " + o.Name, func(ctx context.Context, ask run.AskProbe) (run.OracleAnswer, error) {
			return run.AskOracle(ctx, ask, a.Address(), t, o)
		}})
	}
	return all
}

// probeOf is one exchange with a listener: that of ready, or the first conversation of the file, or a request, a handshake or a
// connection. Any answer below 500 is one.
func probeOf(host string, t *target.Target, l target.Listener) wire.ProbeRequest {
	q := run.NewProbe(host, t, l)
	q.Timeout = askTimeout
	switch {
	case l.Name == t.Ready.Listener:
		q.Expect, q.Request.Path = t.Ready.Status, t.Ready.Path
	case len(l.Conversations) > 0:
		q.Conversation = run.NewHold(host, t, l, l.Conversations[0].Name).Conversation
	}
	return q
}

// answers asks everything at the same time, each until it answers.
func (a *asked) answers(ctx context.Context) ([]verdict.Answer, error) {
	before, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	all := a.questions()
	got := make([]verdict.Answer, len(all))
	var asking sync.WaitGroup
	for i, q := range all {
		asking.Go(func() { got[i] = a.answer(ctx, q) })
	}
	asking.Wait()
	after, err := a.look(ctx)
	for i := range got {
		got[i].Busy += starved(after) - starved(before)
	}
	return got, err
}

// answer asks one question until it is answered.
func (a *asked) answer(ctx context.Context, q question) verdict.Answer {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	asker := pod.NewRequester[wire.ProbeResult](ctx, a.Server, pod.Attacker, wire.CommandAsk)
	defer asker.Close()
	ask := func(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error) { return asker.Ask(ctx, q) }
	got := verdict.Answer{Name: q.name}
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for first := int64(0); ; {
		one, err := q.ask(ctx, ask)
		if first == 0 {
			first = one.Began
		}
		switch {
		case err != nil:
			if got.Detail == "" {
				got.Detail = err.Error()
			}
			return got
		case one.OK:
			got.OK, got.Took = true, time.Duration(one.Ended-first).Seconds()
			got.Busy = a.Stalled(first, one.Ended).Seconds()
			return got
		case got.Detail == "":
			got.Detail = one.Detail
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			got.Detail = fmt.Sprintf("%s, for %s", got.Detail, answersWithin)
			return got
		}
	}
}
