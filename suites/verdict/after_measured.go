package verdict

import (
	"fmt"

	"stalemate/reports/record"
)

// Answer is how a listener or an oracle answered when it was asked again and again until it did.
type Answer struct {
	Name   string
	OK     bool
	Took   float64 // seconds until the answer, from the first question
	Detail string  // what the first question came to, if that was no answer
	Fresh  *Answer // of a fresh server; nil: none was asked
	Busy   float64 // seconds for which this machine ran timers late meanwhile, or the server got no processor
}

// AfterPort is a port of the target.
type AfterPort struct {
	Port        int
	Before, Now string // the process that listened there and does not any more, and the one that does; "" if one is the same
	Left        int    // connections that their clients closed, and the server did not: CLOSE-WAIT
}

// Fill is what came of opening connections to a port at the same time.
type Fill struct {
	Port     int
	Fresh    *Fill // of a fresh server; nil: none was asked
	Opened   int   // by the client
	Served   int   // at the same time: a process owned the socket and had read what was sent
	Refused  int   // refused, or closed before they were served
	Recycled bool  // some were served only after the server had closed others: a busy machine has fewer at the same time then
	Busy     bool  // this machine was busy meanwhile
	Growing  bool  // the server might still have served more, or the machine was too busy to tell
}

// uncertain says why fewer than all may have another reason than the server; "" for none.
func (f Fill) uncertain() string {
	switch {
	case f.Growing:
		return "the number might still have grown when stalemate stopped counting"
	case f.Recycled:
		return "the server closed connections while stalemate counted them"
	case f.Busy:
		return "this machine was busy while stalemate counted them"
	}
	return ""
}

// Doubtful says whether fewer than all may have another reason than the server.
func (f Fill) Doubtful() bool { return f.Short() && f.uncertain() != "" }

// Short says whether the server serves fewer than were opened.
func (f Fill) Short() bool { return f.Served < f.Opened }

const (
	// answerWithin is how soon a server must answer when its holds are over, in seconds; or answerFactor times what a fresh server
	// takes.
	answerWithin = 1.0
	answerFactor = 3.0
	// refusedShare of the connections may be served less, if the server refuses some: it may choose them by chance, as sshd does
	// with MaxStartups.
	refusedShare = 0.1
)

// wrong says why an answer is not as it should be; "" if it is.
func (a Answer) wrong() string {
	allowed := answerWithin
	if a.Fresh != nil {
		allowed = max(allowed, answerFactor*a.Fresh.Took)
	}
	allowed += a.Busy
	expected := fmt.Sprintf("expected an answer within %s", seconds(allowed))
	switch {
	case a.Fresh != nil && !a.Fresh.OK:
		return "" // a fresh server does not answer either
	case !a.OK:
		return fmt.Sprintf("%s: measured no answer: %s; %s", a.Name, a.Detail, expected)
	case a.Took <= allowed:
		return ""
	case a.Detail != "":
		return fmt.Sprintf("%s: measured an answer after %s, and before that: %s; %s", a.Name, seconds(a.Took), a.Detail, expected)
	}
	return fmt.Sprintf("%s: measured an answer after %s; %s", a.Name, seconds(a.Took), expected)
}

// lost says that the server serves fewer connections than a fresh one, but for those that are kept; "" if it does not.
func (a After) lost(f Fill) string {
	if f.Fresh == nil || !f.Short() {
		return ""
	}
	kept := a.KeptOfAll()
	expected, allowed := min(f.Opened, f.Fresh.Served-kept), 0
	if f.Refused+f.Fresh.Refused > 0 {
		allowed = int(refusedShare * float64(expected))
	}
	if f.Served >= expected-allowed {
		return ""
	}
	text := fmt.Sprintf("port %d: measured %d connections that the server serves at the same time; expected %d, as a fresh server serves", f.Port, f.Served, expected)
	if kept > 0 {
		text += fmt.Sprintf(" %d and %s kept", f.Fresh.Served, record.Counted(kept, "worker"))
	}
	return text
}

// unknownLoss says that the server serves fewer connections than were opened, and that a fresh server might serve more than
// stalemate counted; "" if neither is so. A server that lost workers must not pass because a busy machine counted too few.
func (f Fill) unknownLoss() string {
	if f.Fresh == nil || !f.Short() || !f.Fresh.Doubtful() {
		return ""
	}
	return fmt.Sprintf("port %d: measured %d of %d connections that the server serves at the same time, and %d of %d that a fresh server serves; of the fresh server: %s",
		f.Port, f.Served, f.Opened, f.Fresh.Served, f.Fresh.Opened, f.Fresh.uncertain())
}
