package verdict

import (
	"fmt"
	"strconv"
	"time"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// RefusedWithin is how soon a server answers that refuses a request because of its head. Silence that is comparable with the
// limit is another matter: an answer after it may mean that the limit fired, and is judged by its time.
func RefusedWithin(p record.Plan) time.Duration {
	seconds := p.Cap
	if p.Limit != nil {
		seconds = p.Limit.Seconds
	}
	return time.Duration(seconds / 2 * float64(time.Second))
}

// refused is the verdict on a hold whose stage the server refuses, as it says. Only a server that closes the connection means it:
// then the target cannot have the stage. Otherwise the hold counts, and false is returned.
func refused(stage string, l *record.Limit, h Hold, o judgedHold, end int64) (judgedHold, bool) {
	why := h.Refused
	if why == "" && refusedTooSoon(stage, l, h, o) {
		why = fmt.Sprintf("the server answered %s after %s, before the request was complete", h.Detail, seconds(o.took))
	}
	if why == "" || o.verdict == record.Late {
		return o, false
	}
	if l != nil {
		if v, kept := worker(stage, l, h, end); v != record.Fired {
			return judgedHold{verdict: v, result: o.result, took: o.took, why: joined(why, kept), again: v == record.Inconclusive}, true
		}
	}
	return judgedHold{verdict: record.NotApplicable, why: why}, true
}

// refusedTooSoon says whether a refusing answer came too soon to be caused by the limit.
func refusedTooSoon(stage string, l *record.Limit, h Hold, o judgedHold) bool {
	status, err := strconv.Atoi(h.Detail)
	return err == nil && h.By == record.ByStatus && stages.RefusesBody(stage, status) && (l == nil || o.sooner < l.Seconds/2)
}

// insisted says of a refused hold that it lasted all the same.
func insisted(h Hold) string {
	if h.Refused == "" {
		return ""
	}
	return h.Refused + ", and did not close the connection then"
}
