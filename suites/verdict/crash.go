package verdict

import (
	"fmt"
	"slices"

	"stalemate/reports/record"
)

const (
	// exitLag is how long after the end of a connection, at most, the end of the process that held it is seen: the kernel closes
	// the descriptors of a process first, and a busy machine may run something else in between. Seconds.
	exitLag = 0.1
	// forkLead is how long before the client began to connect the process that the server forked for it can seem to have begun:
	// the kernel tells of that to a clock tick of 10 ms. Seconds.
	forkLead = 0.03
)

// withCrash makes the verdict of a hold a crash, where it ended because a process of the server died.
//
// It died with the hold if it was the main process, or if it owned the server's socket. Not every such end is a crash. A server
// that forks for each connection ends the child with the connection. The child may exit with any status, and SIGALRM or SIGTERM
// may be how it ends. A child that was there before serves several connections, one after the other. It may exit with 0, as
// after MaxConnectionsPerChild, but with no other status, and no signal may kill it. No process may exit while it serves
// several connections. A limit may say with which signal the server kills the process that serves: that is no crash.
func withCrash(l *record.Limit, o judgedHold, h Hold) judgedHold {
	if o.verdict == record.NotApplicable {
		return o
	}
	if e, died := crashOf(h.without(l)); died {
		return crashed(o, h, e)
	}
	if i := slices.IndexFunc(h.Ends, func(e record.ProcessEnd) bool { return e.Unknown != "" && !forked(e, h) }); i >= 0 &&
		(o.verdict == record.Fired || o.verdict == record.AsDeclared) {
		o.verdict, o.why = record.Inconclusive, h.Ends[i].String()+when(h, h.Ends[i])
	}
	return o
}

// without leaves out the ends that are the limit's act.
func (h Hold) without(l *record.Limit) Hold {
	if l != nil && l.Kills != "" {
		h.Ends = slices.DeleteFunc(slices.Clone(h.Ends), func(e record.ProcessEnd) bool { return e.Signal == l.Kills && !e.Main && e.Held <= 1 })
	}
	return h
}

// crashed is a hold that ended with a process.
func crashed(o judgedHold, h Hold, e record.ProcessEnd) judgedHold {
	o.verdict, o.why = record.Crashed, e.String()+when(h, e)
	if end, by := h.Ended(); end != 0 && h.Parked != 0 && o.result.Released == nil {
		o.took = max(0, since(h.Parked, end)) // also of a hold that is not proven
		o.result = record.HoldResult{Released: rounded(o.took), By: by, Detail: h.Detail}
	}
	return o
}

// diedWith says whether the hold ended, or failed, because the target's main process ended.
func diedWith(h Hold) bool {
	if h.Main == nil {
		return false
	}
	lived := h.Main.Ended
	if h.Main.SeenT != 0 {
		lived = h.Main.SeenT
	}
	if end, _ := h.Ended(); end != 0 {
		return since(end, lived) <= exitLag
	}
	return h.Failed != ""
}

// crash says whether the end of a process that owned the hold's socket is a crash.
func crash(e record.ProcessEnd, h Hold) bool {
	switch {
	case e.Main, e.Held > 1:
		return true
	case e.Unknown != "":
		return false
	case e.Signal != "":
		return !forked(e, h) || !slices.Contains([]string{"SIGALRM", "SIGTERM", "SIGHUP", "SIGINT"}, e.Signal)
	case e.Status != nil && *e.Status != 0:
		return !forked(e, h)
	}
	return false
}

// forked says whether a process was started for the connection of the hold.
func forked(e record.ProcessEnd, h Hold) bool {
	return e.Begun != 0 && since(e.Begun, h.Connected) < forkLead
}

// when says when a process ended, as the hold's client counts, and what ended with it.
func when(h Hold, e record.ProcessEnd) string {
	text := ""
	if h.Parked != 0 && e.Ended != 0 {
		text = fmt.Sprintf(" %s after the client was at its stage", seconds(max(0, since(h.Parked, e.Ended))))
		if e.SeenT != 0 {
			text = fmt.Sprintf(" at most%s", text)
		}
	}
	if e.Held > 1 {
		text += fmt.Sprintf(", and %d holds with it", e.Held)
	}
	return text
}
