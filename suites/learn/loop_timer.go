package learn

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"stalemate/containers/autopsy"
	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/run"
)

// An event loop waits until the first of its timers is due. Among many connections this shows nobody's limit. In a pod with two
// connections at one stage and no others it does: the second wakes the loop, which then waits until the first one's limit is over. So
// the timeout and the time between the two are the limit. A loop that waits equally long each time shows no whole seconds then. A timer
// that has run since the server started shows something else in a second pod, where the first connection comes later.
const (
	timerPods = 2
	// timerDelay is how much later the connections of the second pod begin. It is longer than the starts of two pods differ.
	timerDelay = 4300 * time.Millisecond
	// timerEvery lies between the two connections. It is no number of whole or half seconds.
	timerEvery = 3400 * time.Millisecond
	// timerWatch is for how long each is watched: the proof that the server has read from it comes that late on a busy machine.
	timerWatch = 3 * time.Second
	// timerTakes is how long this takes on a busy machine: starting the pods, holding, and ending them.
	timerTakes = 30 * time.Second
	// timerWhole is how far the sums may be from whole seconds, as somebody sets a limit, and timerApart from each other, in seconds:
	// on a busy machine the client sees an answer late.
	timerWhole = 0.2
	timerApart = 0.3
	// mostTimed is how many cells are held so. Where more have no limit, the server has hardly one.
	mostTimed = 8
)

// seekLoopTimers finds the limits of the cells that an event loop keeps beyond the cap, and notes them in all. It does nothing if the
// time does not suffice.
func seekLoopTimers(ctx context.Context, s *run.Session, d *draft, all []measured, until time.Time) error {
	kept := slices.DeleteFunc(indices(all), func(i int) bool { return !inSharedLoop(all[i]) })
	if len(kept) == 0 || len(kept) > mostTimed || time.Now().Add(timerTakes).After(until) {
		return nil
	}
	p, addresses, err := timerPlan(d, all, kept)
	if err != nil {
		return err
	}
	book, err := holdForTimers(ctx, s.Execution.Config, p, d)
	if err != nil {
		return err
	}
	for _, i := range kept {
		var pods []measured
		for _, address := range addresses[i] {
			at := slices.IndexFunc(p.Cells, func(cell *plan.Cell) bool { return cell.Address == address })
			m, err := book.measured(p.Cells[at])
			if err != nil {
				return err
			}
			pods = append(pods, m)
		}
		all[i].loop = loopTimer(pods)
	}
	return nil
}

// holdForTimers carries out a plan of timerPlan.
func holdForTimers(ctx context.Context, config run.Config, p *plan.Plan, d *draft) (*book, error) {
	config.Plan, config.RetryUntil = p, time.Now() // no second attempt
	c := run.NewExecution(config)
	b := newBook(d.hide)
	config.Log.Subscribe(b.hear)
	c.Start(ctx)
	c.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("look for timers of target %s: %w", d.name, err)
	}
	return b, nil
}

func indices(all []measured) []int {
	is := make([]int, len(all))
	for i := range all {
		is[i] = i
	}
	return is
}

// inSharedLoop says whether the holds of a cell were kept by event loops that wait for a time, and whose timeout is nobody's yet.
func inSharedLoop(m measured) bool {
	if m.cell.Mode != record.Silent || len(m.looks) < len(m.holds) || armed(m).seconds > 0 {
		return false
	}
	return !slices.ContainsFunc(m.holds, func(h record.HoldState) bool {
		l := m.looks[h.ID]
		const tick = 1.0 // lighttpd and memcached look each second
		return end(h) != 0 || l.Class != string(autopsy.EventLoop) || l.waitsFor() <= tick || l.waitsFor() > longestArmed
	})
}

// timerPlan has, for each of these cells, pods in which nothing else is held. It also gives the addresses of the cells in them.
func timerPlan(d *draft, all []measured, kept []int) (*plan.Plan, map[int][]string, error) {
	var targets []*target.Target
	addresses, wanted := map[int][]string{}, map[string]bool{}
	for _, i := range kept {
		for range timerPods {
			t, err := d.with(section{"limits", fmt.Sprintf("limits: {\"*\": {at_least: %s}}\n", timerWatch)}, section{"cap", "cap: 5s\n"})
			if err != nil {
				return nil, nil, err
			}
			_, cell, _ := strings.Cut(all[i].cell.Address, "/")
			t.Name = fmt.Sprintf("%s-timer-%d", t.Name, len(targets)+1)
			t.Repeat, t.RepeatEvery, t.Leftovers, t.Exhaustion = 2, timerEvery, nil, nil
			targets = append(targets, t)
			address := t.Name + "/" + cell
			addresses[i], wanted[address] = append(addresses[i], address), true
		}
	}
	p, err := plan.Make(targets, plan.Selection{})
	if err != nil {
		return nil, nil, err
	}
	p = p.Narrow(func(address string) bool { return wanted[address] })
	second := map[string]bool{}
	for _, pods := range addresses {
		second[pods[1]] = true
	}
	for _, c := range p.Cells {
		c.Examine = true
		if second[c.Address] {
			c.Delay = timerDelay
		}
	}
	return p, addresses, nil
}

// loopTimer is the limit that pods with two connections each show. It is zero unless they show the same one.
func loopTimer(pods []measured) wait {
	var shown []float64
	for _, m := range pods {
		if len(m.holds) != 2 || len(m.looks) != 2 {
			return wait{}
		}
		first, second := m.holds[0], m.holds[1]
		l := m.looks[second.ID]
		began, woke := max(first.Parked, first.LastByte), max(second.Parked, second.LastByte)
		sum := l.waitsFor() + secondsBetween(began, woke)
		if end(first) != 0 || end(second) != 0 || l.PID != m.looks[first.ID].PID || l.Class != string(autopsy.EventLoop) || l.waitsFor() <= 0 {
			return wait{}
		}
		shown = append(shown, sum)
	}
	if len(shown) < timerPods || slices.Max(shown)-slices.Min(shown) > timerApart {
		return wait{}
	}
	middle := (slices.Min(shown) + slices.Max(shown)) / 2
	if math.Abs(middle-math.Round(middle)) > timerWhole {
		return wait{}
	}
	return wait{math.Round(middle), agree}
}
