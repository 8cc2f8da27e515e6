package learn

import (
	"fmt"
	"math"
	"slices"
	"time"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// waitedLong is how long a connection may be in the backlog before the time until its end says nothing of a limit.
const waitedLong = time.Second

// notRead says why the server's process was not seen to have what the client sent.
func notRead(m measured) string {
	in := func(queue record.Queue) bool {
		return slices.ContainsFunc(m.holds, func(h record.HoldState) bool { return h.Proven == 0 && h.Refused == "" && h.Queue == queue })
	}
	const capacity = "set `capacity` to twice what it serves at a time"
	switch {
	case in(record.Backlog):
		return "the server did not accept the connection, because it was busy with the others: " + capacity
	case in(record.Unread):
		return "the server accepted the connection and did not read from it, because it was busy with the others: " + capacity
	case in(record.Deferred), m.cell.Stage.Name == stages.TCPConnected:
		return "the kernel keeps the connection until a byte comes (TCP_DEFER_ACCEPT), so the server never had it"
	}
	return "no process of the server was seen to read what the client sent"
}

// deferredByTheKernel makes a limit an upper bound that counts from the moment at which the kernel gave the connection to the server:
// with TCP_DEFER_ACCEPT that is when the last answer to the SYN is repeated, after some 31 s.
func (f *finding) deferredByTheKernel(m measured) {
	if f.outcome != bounded || !slices.ContainsFunc(m.holds, func(h record.HoldState) bool { return h.Queue == record.Deferred }) {
		return
	}
	const repeats = 1.0 // seconds by which they differ
	f.outcome, f.seconds, f.granularity = atMost, math.Ceil(slices.Max(f.took)+repeats), 0
	f.why = "the kernel keeps a connection until a byte comes, or for some 31 s (TCP_DEFER_ACCEPT)"
}

// waited says that holds of a cell waited for the server before it served them, so that their ends show no limit. It is "" if none did.
func waited(m measured) string {
	for _, h := range m.holds {
		if wait := h.QueueT - h.Parked; h.Queue == record.Backlog && h.Proven != 0 && wait > int64(waitedLong) {
			return fmt.Sprintf("the connection waited %.1f s until the server accepted it: set `capacity` to twice what it serves at a time", time.Duration(wait).Seconds())
		}
	}
	return ""
}
