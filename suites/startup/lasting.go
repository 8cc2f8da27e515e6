package startup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// lookAgainEvery is the time between two looks at a server that has to last.
const lookAgainEvery = 500 * time.Millisecond

// lasts watches an incarnation that serves until it has done so for a while, and asks each oracle again. What is not served then
// counts as not served.
func (u *scenarioPod) lasts(ctx context.Context, now outcome, stays time.Duration) (outcome, error) {
	served := slices.DeleteFunc(slices.Clone(now.oracles), func(o verdict.Oracle) bool { return !o.OK })
	if !now.alive || len(served) == 0 || stays == 0 {
		return now, nil
	}
	takeBack := u.limit.lend()
	defer takeBack()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	main := follow(ctx, u.pod)
	until := now.answered + int64(stays)
	tick := time.NewTicker(min(lookAgainEvery, stays))
	defer tick.Stop()
	for {
		if err := main.pause(ctx, tick.C); err != nil {
			return now, err
		}
		began := record.Now()
		running, err := main.runs()
		if err != nil {
			return now, err
		}
		looked, err := u.lookAgain(ctx, now)
		if err != nil {
			return now, err
		}
		failing := failed(looked, served)
		switch {
		case !running:
			exit, err := u.exitStatus(ctx)
			now.oracles, now.alive, now.lasted = looked, false, time.Duration(began-now.answered)
			now.ended, now.status = fmt.Sprintf("exit status %d", exit), &exit
			return now, err
		case failing != nil && now.lasted == 0:
			now.lasted = time.Duration(began - now.answered)
			now.lapse = fmt.Sprintf("%s: %s", failing.Name, failing.Detail)
		}
		if began < until {
			continue
		}
		if failing != nil {
			now.oracles, now.lapse = looked, ""
		}
		now.alive, now.ended, err = u.mainLives(ctx)
		if !now.alive && now.lasted == 0 {
			now.lasted = time.Duration(began - now.answered)
		}
		return now, err
	}
}

// lookAgain asks each oracle that was served once more, and what fails a second time at once: one exchange may fail by itself.
func (u *scenarioPod) lookAgain(ctx context.Context, was outcome) ([]verdict.Oracle, error) {
	looked := slices.Clone(was.oracles)
	for i, o := range u.oracles() {
		if !was.oracles[i].OK {
			continue
		}
		seen, err := u.ask(ctx, o)
		if err == nil && !seen.OK {
			seen, err = u.ask(ctx, o)
		}
		if err != nil {
			return nil, err
		}
		looked[i] = seen.Oracle
	}
	return looked, nil
}

// failed is the first oracle that was served before and is not served now, nil for none.
func failed(now, served []verdict.Oracle) *verdict.Oracle {
	for i, o := range now {
		if !o.OK && slices.ContainsFunc(served, func(was verdict.Oracle) bool { return was.Name == o.Name }) {
			return &now[i]
		}
	}
	return nil
}
