package timeouts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"stalemate/containers/inspect"
	"stalemate/reports/record"
	"stalemate/suites/plan"
	"stalemate/suites/verdict"
)

// A proxy opens a connection to another server for its client's. It may close the client's and keep the other:
//
//	client              target              other server
//	  |-- half a request -->|-- half a request -->|
//	  |        silence      |                     |
//	  |<-- FIN -------------|      still open     |
//
// The inspector lists the connections that the target opened. While many holds begin at once, nobody can tell which of them a
// connection is for. So if there is any, stalemate holds the stages whose limit fired again, one after the other.

const (
	outgoingEvery  = 250 * time.Millisecond // between two lists while holds begin
	outgoingWithin = 10 * time.Second       // one list
	outgoingAfter  = 2 * time.Second        // a hold was parked: by then the target has opened what it needs for it
)

// upstream is what is known of the target's connections to other servers.
type upstream struct {
	before  map[uint64]bool // those that it had before any hold, by inode
	asked   time.Time
	suspect bool // it opened one while holds were parked
	pending []firedCell
}

// firedCell is a cell that is judged once the connections to other servers are known.
type firedCell struct {
	cell      *plan.Cell
	judgement record.Judgement
}

// outgoing lists the target's connections to other servers.
func (h *holding) outgoing(ctx context.Context) (*record.Outgoing, error) {
	ctx, cancel := context.WithTimeout(ctx, outgoingWithin)
	defer cancel()
	for len(h.lists) > 0 {
		<-h.lists
	}
	if err := h.askOutgoing(); err != nil {
		return nil, err
	}
	select {
	case list := <-h.lists:
		return list, nil
	case <-h.inspector.Done():
		return nil, h.inspector.Err()
	case <-ctx.Done():
		return nil, fmt.Errorf("the inspector does not list the connections of target %s to other servers: %w", h.Unit.Target.Name, ctx.Err())
	}
}

func (h *holding) askOutgoing() error {
	h.upstream.asked = time.Now()
	return h.inspector.Send(inspect.Command{Outgoing: &inspect.Outgoing{Main: h.Incarnation().PID}})
}

// lookOut asks for a list while holds are parked, as long as nothing is suspected.
func (h *holding) lookOut() error {
	select {
	case list := <-h.lists:
		h.upstream.suspect = h.upstream.suspect || len(opened(h.upstream.before, list)) > 0
	default:
	}
	if h.upstream.suspect || time.Since(h.upstream.asked) < outgoingEvery || !h.tracker.arriving() {
		return nil
	}
	return h.askOutgoing()
}

// opened are the connections of the list that are halfway and were not there before.
func opened(before map[uint64]bool, list *record.Outgoing) []record.Connection {
	return slices.DeleteFunc(slices.Clone(list.Connections), func(c record.Connection) bool { return before[c.Inode] || !verdict.Halfway(c) })
}

func inodes(list *record.Outgoing) map[uint64]bool {
	all := map[uint64]bool{}
	for _, c := range list.Connections {
		all[c.Inode] = true
	}
	return all
}

// decide judges a cell, now or once the connections to other servers are known.
func (h *holding) decide(cell *plan.Cell, j record.Judgement) {
	crowd := cell.Mode == record.Silent || cell.Mode == record.Trickle // the others are at the same stages
	if h.upstream.suspect && crowd && j.Verdict == record.Fired && j.Status == record.Passed {
		h.upstream.pending = append(h.upstream.pending, firedCell{cell, j})
		return
	}
	h.Judge(cell, j)
}

// arriving says whether a hold is on its way to its stage, or has just reached it.
func (t *tracker) arriving() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, h := range t.holds {
		if !h.closed && (h.Parked == 0 || now-h.Parked < int64(outgoingAfter)) {
			return true
		}
	}
	return false
}
