package startup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"stalemate/containers/leftover"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
)

// appearsEvery is the time between two looks for the leftover at whose appearance a starting server is killed.
const appearsEvery = 5 * time.Millisecond

// KillInStart kills what runs, starts an incarnation and kills it at a moment, while not everything is served yet.
func (s *scenario) KillInStart(ctx context.Context, launch steps.Launch, moment steps.Moment) error {
	judged, options, err := s.prepareStart(ctx, launch)
	if err != nil {
		return err
	}
	before := s.last
	incarnation, err := s.pod.Up(ctx, options)
	if err != nil {
		s.notStarted(judged, err)
		return nil
	}
	s.alive = true
	s.arrived(incarnation)
	ended, err := s.awaitMoment(ctx, incarnation, moment)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", judged.What, err)
	case ended:
		judged.What += ", before the kill in it"
		judged.Expect = record.Starts
		now, err := s.comesTo(ctx, incarnation.Began)
		if err != nil {
			return fmt.Errorf("%s: %w", judged.What, err)
		}
		return s.judge(ctx, judged, now, before, "")
	}
	after := time.Duration(record.Now() - incarnation.Began)
	if err := s.Kill(ctx); err != nil {
		return err
	}
	s.Say("%s (incarnation %d, PID %d): killed in its start, %.2f s after its begin, before everything was served",
		judged.What, incarnation.Number, incarnation.PID, after.Seconds())
	return nil
}

// awaitMoment returns when a starting server is to be killed, or when it has ended by itself. It gives ErrMissed where everything
// is served before.
func (s *scenario) awaitMoment(ctx context.Context, incarnation record.Incarnation, moment steps.Moment) (ended bool, err error) {
	ctx, stop := context.WithCancel(ctx)
	main, came, served := follow(ctx, s.pod), make(chan error, 1), make(chan error, 1)
	go func() { came <- s.comes(ctx, incarnation, moment) }()
	go func() { served <- s.untilServed(ctx) }()
	waiting := 2
	defer func() {
		stop()
		for ; waiting > 0; waiting-- { // the prober and the inspector answer one question at a time
			select {
			case <-came:
			case <-served:
			}
		}
	}()
	select {
	case err := <-main.end:
		return err == nil, err
	case err := <-served:
		waiting--
		return false, missedBy(err, incarnation)
	case err = <-came:
		waiting--
	}
	select {
	case err := <-main.end: // this is why nothing can be listed any more
		return err == nil, err
	case err := <-served:
		waiting--
		return false, missedBy(err, incarnation)
	default:
		return false, err
	}
}

// missedBy says that everything was served before the kill. err is why that is not known.
func missedBy(err error, incarnation record.Incarnation) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: everything was served %.2f s after the begin of the start; choose an earlier one",
		steps.ErrMissed, time.Duration(record.Now()-incarnation.Began).Seconds())
}

// comes returns when the moment has come.
func (s *scenario) comes(ctx context.Context, incarnation record.Incarnation, moment steps.Moment) error {
	if moment.Appears == "" {
		timer := time.NewTimer(time.Duration(incarnation.Began + int64(moment.After) - record.Now()))
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	pattern := strings.ReplaceAll(moment.Appears, "${pid}", strconv.Itoa(incarnation.PID))
	before, deadline := s.last, incarnation.Began+int64(patience*s.Target.Ready.Within)
	tick := time.NewTicker(appearsEvery)
	defer tick.Stop()
	for {
		now, err := s.lookAtLive(ctx)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", pattern, err)
		}
		difference := leftover.Compare(before, now)
		if len(matching(slices.Concat(difference.Appeared, difference.Replaced), "", pattern)) > 0 {
			return nil
		}
		if record.Now() > deadline {
			return fmt.Errorf("%s did not appear in %s; found %s", pattern, strings.Join(s.watched(), ", "), names(now))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// untilServed returns when everything is served.
func (s *scenario) untilServed(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		good := 0
		for _, o := range s.oracles() {
			seen, err := s.ask(ctx, o)
			if err != nil {
				return err
			}
			if !seen.OK {
				break
			}
			good++
		}
		if good == len(s.oracles()) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
