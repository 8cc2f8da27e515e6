package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
)

// Shard is the part of the plan that one of several machines carries out: the number-th of count shards, from 1. The shards of one
// plan have every cell once, and every shard has the canaries. The same files and flags give the same shards on each machine.
//
// Targets whose cells are each other's controls are in one shard, since a verdict needs both. The groups are dealt out by the
// time that they take, the longest first, each to the shard with the least so far.
func (p *Plan) Shard(number, count int) (*Plan, error) {
	groups := p.groups()
	if count > len(groups) {
		return nil, fmt.Errorf("the run has %d groups of targets that can be apart, and no more shards than that: give --shard %d/%d at most",
			len(groups), len(groups), len(groups))
	}
	durations := make([]time.Duration, count)
	mine := map[*target.Target]bool{}
	for _, g := range groups {
		least := 0
		for i, d := range durations {
			if d < durations[least] {
				least = i
			}
		}
		durations[least] += g.duration
		for _, t := range g.targets {
			mine[t] = least == number-1
		}
	}
	part := *p
	keep := map[*Cell]bool{}
	for _, c := range p.Cells {
		keep[c] = c.Plan.Canary || mine[c.Target]
	}
	part.keep(p.Cells, keep)
	own := map[string]bool{}
	for c, kept := range keep {
		own[c.Address] = kept
	}
	part.match = func(address string) bool { // an address without a cell is the same to all shards
		kept, planned := own[address]
		return p.match(address) && (kept || !planned)
	}
	part.PartOf = &record.Shard{Number: number, Count: count, Cells: len(p.Cells), Plan: p.fingerprint()}
	return &part, nil
}

// shardGroup is a set of targets that one shard has.
type shardGroup struct {
	targets  []*target.Target
	duration time.Duration
}

// groups are the targets that cannot be apart, the group that takes longest first.
func (p *Plan) groups() []shardGroup {
	byAddress := map[string]*target.Target{}
	for _, c := range p.Cells {
		byAddress[c.Address] = c.Target
	}
	first := map[*target.Target]*target.Target{} // the first target of a target's group
	for _, t := range p.Targets {
		first[t] = t
	}
	for _, c := range p.Cells {
		for _, address := range c.Plan.Controls {
			if other := byAddress[address]; other != nil && first[other] != first[c.Target] {
				from, to := first[other], first[c.Target]
				for t, f := range first {
					if f == from {
						first[t] = to
					}
				}
			}
		}
	}
	place := map[*target.Target]int{}
	var all []shardGroup
	for _, t := range p.Targets {
		if t.Canary != "" {
			continue
		}
		i, known := place[first[t]]
		if !known {
			i, place[first[t]] = len(all), len(all)
			all = append(all, shardGroup{})
		}
		all[i].targets = append(all[i].targets, t)
	}
	durations := p.durations()
	for i, g := range all {
		for _, t := range g.targets {
			all[i].duration += durations[t]
		}
	}
	slices.SortStableFunc(all, func(a, b shardGroup) int { return cmp.Compare(b.duration, a.duration) })
	return all
}

// durations is the part of the run that each target takes: the pods of a batch hold at the same time, and those of the startup
// suite work at the same time.
func (p *Plan) durations() map[*target.Target]time.Duration {
	durations := map[*target.Target]time.Duration{}
	for _, b := range p.Batches {
		for _, u := range b.Units {
			durations[u.Target] += podStartDuration + u.Expected()/maxPods
		}
	}
	for _, u := range p.Starts {
		durations[u.Target] += (2*podStartDuration + time.Duration(u.Incarnations())*restartDuration) / MaxStartPods
	}
	return durations
}

// fingerprint tells two plans apart: shards of different files or flags must not be merged.
func (p *Plan) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join(addressesOf(p.Cells), "\n")))
	return hex.EncodeToString(sum[:8])
}
