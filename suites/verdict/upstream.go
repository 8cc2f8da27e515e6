package verdict

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// Beyond is one more hold at the stage of a cell whose limit fired, held to see what the target does with the connection to
// another server that it opened for this hold.
type Beyond struct {
	Hold
	PIDs   []int               // the target's processes when the hold began
	Opened []record.Connection // what the target opened for it: see Halfway
	Kept   []record.Connection // those that it still had long after the release
}

// Halfway says whether a connection to another server is in the middle of an exchange: bytes were sent and none came back, or
// some came that the process has not read. Such a connection is of no use to another client, so no pool keeps it.
func Halfway(c record.Connection) bool { return c.Sent > 0 && c.Got == 0 || c.RQueue > 0 }

// AddBeyond judges a cell that fired by what became of the connections to other servers.
func AddBeyond(plan record.Plan, j *record.Judgement, all []Beyond) {
	kept, opened := 0, 0
	for _, b := range all {
		if len(b.Opened) == 0 {
			continue
		}
		opened++
		if alone := Cell(plan, []Hold{b.Hold}); alone.Verdict != record.Fired {
			worsen(plan, j, differs(alone.Verdict), "a later hold, of which stalemate watched the connection to another server: "+alone.Message)
			return
		}
		if len(b.Kept) > 0 {
			kept++
		}
	}
	if kept == 0 {
		return
	}
	one := all[slices.IndexFunc(all, func(b Beyond) bool { return len(b.Kept) > 0 })]
	c, end := one.Kept[0], max(one.Released, one.WorkerFreed)
	why := fmt.Sprintf("the server closed the client's connection, and %s later still kept the one to %s that it had opened for it (PID %d, %s, %s): %s",
		seconds(since(end, one.Watched)), c.Peer, c.PID, c.Comm, c.State, halfway(c))
	switch {
	case !attributable(all):
		worsen(plan, j, record.Inconclusive, why+"; each is of another process that lived before, so it may be for something else than the hold")
	case kept < opened:
		worsen(plan, j, record.Unstable, fmt.Sprintf("%s; in %d of %d holds", why, kept, opened))
	default:
		worsen(plan, j, record.LateWorker, why)
	}
}

// differs is the verdict on a cell that fired, of which a later hold has another verdict.
func differs(later record.Verdict) record.Verdict {
	if later == record.Inconclusive || later == record.NotApplicable {
		return record.Inconclusive
	}
	return record.Unstable
}

func halfway(c record.Connection) string {
	if c.RQueue > 0 {
		return fmt.Sprintf("%d bytes from there are unread", c.RQueue)
	}
	return fmt.Sprintf("%d bytes were sent there, and no answer came", c.Sent)
}

// attributable says whether what was kept belongs to the holds. A process may open a connection for itself when its first
// client comes, such as that to a log server, where nobody answers. It opens one. So one process that kept two such connections
// to the same server kept them for holds, and so did a process that began with the hold.
func attributable(all []Beyond) bool {
	type by struct {
		pid  int
		peer string
	}
	seen := map[by]bool{}
	for _, b := range all {
		for _, c := range b.Kept {
			if seen[by{c.PID, c.Peer}] || !slices.Contains(b.PIDs, c.PID) {
				return true
			}
		}
		for _, c := range b.Kept {
			seen[by{c.PID, c.Peer}] = true
		}
	}
	return false
}

// worsen gives a cell that fired another verdict.
func worsen(plan record.Plan, j *record.Judgement, v record.Verdict, why string) {
	j.Verdict, j.Status, j.Severity = v, status(plan, v), ""
	if j.Status == record.Failed {
		j.Severity = severity(plan, *j)
	}
	j.Because = joined(j.Because, why)
	j.Message = fmt.Sprintf("%s: %s; %s", v, strings.TrimPrefix(j.Message, string(record.Fired)+": "), why)
}
