package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Merge makes one run of the logs of all shards of a plan, in any order. Each log must be the run of one shard, and every shard must
// be there once: what is missing would be missing in silence. The merged run is named after its first shard's. Its shards begin
// at the same time, since each machine has a clock of its own. Each shard has the canaries; those of the second have the name
// canary-never-releases-shard-2.
func Merge(logs [][]Event) ([]Event, error) {
	shards, err := inOrder(logs)
	if err != nil {
		return nil, err
	}
	whole := &merged{first: shards[0], notices: map[string]bool{}}
	for _, s := range shards {
		if err := whole.add(s); err != nil {
			return nil, fmt.Errorf("shard %d of %d: %w", s.info.Shard.Number, s.info.Shard.Count, err)
		}
	}
	if want := shards[0].info.Shard.Cells; whole.cells != want {
		return nil, fmt.Errorf("the shards have %d cells together, and their plan has %d", whole.cells, want)
	}
	return whole.events(), nil
}

// shard is one log to merge.
type shard struct {
	events []Event
	info   RunInfo // of run.started
	zero   int64   // when it began
}

// inOrder checks that the logs are all shards of one plan, and sorts them.
func inOrder(logs [][]Event) ([]shard, error) {
	var all []shard
	for i, events := range logs {
		at := slices.IndexFunc(events, func(e Event) bool { return e.Kind == RunStarted && e.RunInfo != nil })
		if at < 0 || events[at].RunInfo.Shard == nil {
			return nil, fmt.Errorf("log %d is not of a shard: merge reads the logs of `stalemate check --shard`", i+1)
		}
		all = append(all, shard{events, *events[at].RunInfo, events[at].T})
	}
	if len(all) == 0 {
		return nil, errors.New("there is no log to merge")
	}
	slices.SortStableFunc(all, func(a, b shard) int { return cmp.Compare(a.info.Shard.Number, b.info.Shard.Number) })
	first := all[0].info
	var numbers []int
	for _, s := range all {
		one := *s.info.Shard
		numbers = append(numbers, one.Number)
		if one.Number = first.Shard.Number; one != *first.Shard || s.info.FailOn != first.FailOn || s.info.Version != first.Version {
			return nil, fmt.Errorf("shard %d is of another run than shard %d: use the same version, files and flags for all shards",
				s.info.Shard.Number, first.Shard.Number)
		}
	}
	for number := 1; number <= first.Shard.Count; number++ {
		if n := len(slices.DeleteFunc(slices.Clone(numbers), func(other int) bool { return other != number })); n != 1 {
			return nil, fmt.Errorf("shard %d of %d is there %d times: give the log of each shard once", number, first.Shard.Count, n)
		}
	}
	if len(all) != first.Shard.Count {
		return nil, fmt.Errorf("%d logs of %d shards", len(all), first.Shard.Count)
	}
	return all, nil
}

// merged is the run that grows shard by shard.
type merged struct {
	first   shard
	out     []Event
	cells   int // planned, those of the canaries once
	batches int // of the shards before
	last    int64
	stopped []string
	exit    int
	notices map[string]bool
}

// add adds the events of a shard, as events of the first shard's run.
func (m *merged) add(s shard) error {
	canaries := map[string]bool{} // names of targets
	for _, e := range s.events {
		if e.Kind == CellPlanned && e.Plan != nil && e.Plan.Canary {
			canaries[e.Target] = true
		}
	}
	number, highest, ended := s.info.Shard.Number, 0, false
	for _, e := range s.events {
		e, err := shifted(e, m.first.zero-s.zero)
		if err != nil {
			return err
		}
		e.Run = m.first.events[0].Run
		m.last = max(m.last, e.T)
		if number > 1 {
			for name := range canaries {
				e.rename(name, fmt.Sprintf("%s-shard-%d", name, number))
			}
		}
		switch {
		case e.Kind == RunStarted:
			continue
		case e.Kind == RunEnded:
			ended = true
			if e.RunInfo != nil {
				m.end(number, *e.RunInfo)
			}
			continue
		case e.Kind == Noticed && (m.notices[e.Note] || e.Note == s.info.Shard.Notice()):
			continue
		case e.Kind == Noticed:
			m.notices[e.Note] = true
		case e.Kind == CellPlanned && (e.Plan == nil || !e.Plan.Canary || number == 1):
			m.cells++
		case e.Batch != nil:
			batch := *e.Batch
			highest = max(highest, batch.Number)
			batch.Number += m.batches
			e.Batch = &batch
		}
		m.out = append(m.out, e)
	}
	if !ended {
		m.end(number, RunInfo{Stopped: "its log has no end: the run was cut off"})
	}
	m.batches += highest
	if !maps.Equal(s.info.Engine, m.first.info.Engine) {
		m.out = append(m.out, Event{Run: m.first.events[0].Run, T: m.last, Kind: Noticed,
			Note: fmt.Sprintf("shard %d ran on another engine than shard 1: %s", number, describe(s.info.Engine))})
	}
	return nil
}

// end takes in the end of a shard's run. The merged run ends as its worst shard did.
func (m *merged) end(number int, info RunInfo) {
	m.exit = max(m.exit, info.Exit)
	if info.Stopped != "" {
		m.stopped = append(m.stopped, fmt.Sprintf("shard %d: %s", number, info.Stopped))
	}
}

// events are those of the whole run.
func (m *merged) events() []Event {
	info := m.first.info
	info.Shard = nil
	run := m.first.events[0].Run
	began := Event{Run: run, T: m.first.zero, Kind: RunStarted, RunInfo: &info}
	ended := Event{Run: run, T: m.last, Kind: RunEnded, RunInfo: &RunInfo{Exit: m.exit, Stopped: strings.Join(m.stopped, "; ")}}
	return append(append([]Event{began}, m.out...), ended)
}

// rename gives a target another name.
func (e *Event) rename(from, to string) {
	if e.Target != from && !strings.HasPrefix(e.Cell, from+"/") {
		return
	}
	for _, text := range []*string{&e.Target, &e.Pod, &e.Cell, &e.Hold} {
		if rest, ok := strings.CutPrefix(*text, from); ok {
			*text = to + rest
		}
	}
}

// Notice is what the report of a shard by itself says.
func (s Shard) Notice() string {
	return fmt.Sprintf("this run is shard %d of %d: `stalemate merge` makes one run of all of them", s.Number, s.Count)
}

func describe(properties map[string]string) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		all = append(all, key+" "+properties[key])
	}
	return strings.Join(all, ", ")
}

// shifted is an event with another zero of the clock: its own time, and each time in it, which is a field that ends in _t.
func shifted(e Event, by int64) (Event, error) {
	line, err := e.Line()
	if err != nil {
		return e, fmt.Errorf("read event %s: %w", e.Kind, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return e, fmt.Errorf("read event %s: %w", e.Kind, err)
	}
	shiftTimes(fields, by)
	if line, err = json.Marshal(fields); err != nil {
		return e, fmt.Errorf("write event %s: %w", e.Kind, err)
	}
	var out Event
	if err := json.Unmarshal(line, &out); err != nil {
		return e, fmt.Errorf("write event %s: %w", e.Kind, err)
	}
	out.T = e.T + by
	return out, nil
}

func shiftTimes(value any, by int64) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			shiftTimes(one, by)
		}
	case map[string]any:
		for key, one := range v {
			number, ok := one.(json.Number)
			if t, err := number.Int64(); ok && err == nil && t != 0 && strings.HasSuffix(key, "_t") {
				v[key] = json.Number(fmt.Sprint(t + by))
				continue
			}
			shiftTimes(one, by)
		}
	}
}
