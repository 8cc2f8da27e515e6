package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// origins gives the earliest and the latest moment at which the limit's clock can have begun. stalemate cannot see the moment
// itself. No moment after the client reached its stage counts: what a connection waits for the server is part of what the
// client suffers.
func origins(stage string, l *record.Limit, h Hold) (first, last int64) {
	switch {
	case l == nil || l.Kind != record.Idle:
		return h.Connected, h.Parked
	case writes(stage, h):
		// The first write came after the request, which the client had sent before it was parked.
		return max(h.Connected, h.WroteAfter, min(h.LastByte, h.Parked)), max(h.Parked, h.Wrote)
	case h.LastByte != 0:
		return h.LastByte, max(h.Parked, h.LastByte)
	}
	return h.Connected, h.Parked
}

// writes says whether the server waits until it can write. An idle limit then counts from its last write.
func writes(stage string, h Hold) bool { return stage == "http.response" || h.Unread }

// window is the least and the most time that a release may take, in seconds.
func window(l *record.Limit) (least, most float64) {
	return l.Seconds - l.TooEarly, l.Seconds + l.Granularity + l.TooLate
}

// against compares a release with its limit. o.sooner and o.later are known. The second result is what a report shows as the
// time that the release took: it is within the limit's window exactly if the verdict is fired.
func against(l *record.Limit, o judgedHold) (record.Verdict, float64) {
	if l == nil {
		return record.Fired, max(0, o.later) // a declared weakness that was released after all
	}
	least, most := window(l)
	switch {
	case l.Kind != record.Max && o.sooner < least:
		return record.Early, max(0, o.sooner)
	case l.Kind == record.Max && o.later > most, l.Kind != record.AtLeast && o.later > most:
		return record.Late, o.later
	case l.Kind == record.Max:
		return record.Fired, max(0, o.later)
	case o.later >= least:
		return record.Fired, o.later
	}
	return record.Fired, o.sooner
}

// ambiguous says why a release that is within its limit proves nothing: the way to the stage took so long that the
// release is in time from one of the two moments and not from the other. It is "" if that is not so.
func ambiguous(l *record.Limit, o judgedHold) string {
	if l == nil || l.Kind == record.Max {
		return ""
	}
	least, most := window(l)
	way := o.sooner - o.later
	if way <= l.TooEarly+l.Granularity+l.TooLate || o.later >= least && (o.sooner <= most || l.Kind == record.AtLeast) {
		return ""
	}
	return fmt.Sprintf("the client needed %s to reach the stage: the limit may count from the beginning or from the end of that time", seconds(way))
}

// noticedLate says why a release that is within its limit proves nothing: the client noticed so late that it had reached
// its stage that the release may have been late. It is "" if that is not so.
func noticedLate(stage string, l *record.Limit, h Hold, end int64) string {
	if l == nil || l.Kind == record.AtLeast || h.Stood == 0 || h.TrickleEnd != 0 || l.Kind == record.Idle && writes(stage, h) {
		return ""
	}
	if _, most := window(l); since(max(h.Stood, h.LastByte), end) <= most {
		return ""
	}
	return fmt.Sprintf("stalemate noticed up to %s late that the client had reached the stage", seconds(since(h.Stood, h.Parked)))
}

// interrupted says why the end of a trickle under an idle limit proves nothing: stalemate itself was silent for longer
// than the limit. It is "" if that is not so.
func interrupted(stage string, l *record.Limit, h Hold, end int64) string {
	if l == nil || l.Kind != record.Idle || writes(stage, h) || h.LastByte <= h.Parked || h.TrickleEnd != 0 && end >= h.TrickleEnd {
		return ""
	}
	if silent := since(h.LastByte, end); silent >= l.Seconds-l.TooEarly {
		return fmt.Sprintf("stalemate should have sent bytes until the end, and sent none for %s", seconds(silent))
	}
	return ""
}
