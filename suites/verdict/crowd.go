package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// crowdedOut says why a late release does not show yet that the server is late. Other holds, which began just before, had taken
// all workers that were free, and this one waited until the server had started another: none of the others ended meanwhile. A
// client that does not come in a burst does not wait for that. It is "" if that is not so, or if the release was late from the moment at which the
// server read what was sent.
func crowdedOut(l *record.Limit, h Hold, last, end int64) string {
	if h.Queue != record.Backlog || h.Proven == 0 || h.Company == 0 || h.Freed > 0 {
		return ""
	}
	if _, most := window(l); since(max(last, h.Proven), end) > most {
		return ""
	}
	return fmt.Sprintf("the server started more workers while the connection waited: the connections before it (%d) had taken those that were free", h.Company)
}

// Crowded says whether a cell is undecided only because stalemate opened many connections at once: it has to be held when the
// server has started workers for all of them.
func Crowded(plan record.Plan, holds []Hold) bool {
	for _, h := range holds {
		if judgeHold(plan.Stage, plan.Limit, h).crowded {
			return true
		}
	}
	return false
}
