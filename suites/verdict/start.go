package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Oracle is the result of one request that a start must serve.
type Oracle struct {
	Name   string
	OK     bool
	Detail string // why not
	Class  string // of the failure, as a probe sorts it: refused, timeout, ...
}

// Start is one judged step of a scenario: a start, a reload, or another change of
// a running incarnation, after which stalemate asks it again.
type Start struct {
	What     string // "start 3 with PID 4242", "reload"
	First    bool   // nothing of this scenario was there before it
	Expect   record.Verdict
	Dead     []string // oracles that must fail when degraded
	Log      []string // what the log must say since the step began, in this order
	Exit     *int     // the exit status that is asserted
	Unproven string   // why nothing can be said: the PID could not be forced, the death was not proven, ...
	Wrong    string   // something else that is not as expected
	Overdue  string   // of a step that starts nothing: what took too long; it is no start then
	NotRun   string   // the precondition that is not there: a PID beyond pid_max
	InImage  string   // of a first start: what the image itself holds that is proven to be in the way

	Oracles []Oracle
	Served  time.Duration // from its begin until everything was served; 0: it was not
	Lasted  time.Duration // from then until something was not served any more, or the main process had ended; 0: it lasted
	Lapse   string        // what was not served for a while after Lasted, and is again
	Within  time.Duration // ready.within: what it may take; 0: as long as it likes
	Alive   bool          // the main process still runs, with the same start time
	Ended   string        // how it ended, where it did
	Said    string        // the log since the step began
	Status  *int          // the exit status that was seen
}

// leastLate is the precision of a measured start, and of what reports say of it.
const leastLate = 10 * time.Millisecond

// Seen is the verdict of the start. Refuses means that nothing at all is served. If the main process
// ended and another process still answers, the start is degraded. What counts is what is served at the end of the time for which
// it has to last. Late means that everything is served, and was not in time.
func (s Start) Seen() record.Verdict {
	good := 0
	for _, o := range s.Oracles {
		if o.OK {
			good++
		}
	}
	switch {
	case s.Unproven != "":
		return record.Inconclusive
	case s.NotRun != "":
		return record.NotRun
	case s.Overdue != "":
		return record.Late
	case good == 0:
		return record.Refuses
	case good < len(s.Oracles) || !s.Alive || s.Lapse != "":
		return record.Degraded
	case s.Within > 0 && s.Served.Round(leastLate) > s.Within:
		return record.Late
	}
	return record.Starts
}

// Unexplained says that a first start does not serve. Nothing of the scenario is in its way. So the target file is wrong, or the image.
func (s Start) Unexplained() bool {
	seen := s.Seen()
	return s.First && s.Expect == record.Starts && s.InImage == "" && (seen == record.Refuses || seen == record.Degraded)
}

// Serves says that everything is served at the end, in time or late.
func (s Start) Serves() bool { return s.Seen() == record.Starts || s.Seen() == record.Late }

// wrong says in what a start is not as expected, "" where it is.
func (s Start) wrong() string {
	if s.Wrong+s.Overdue != "" {
		return s.What + ": " + s.Wrong + s.Overdue
	}
	seen := s.Seen()
	if s.Expect == "" {
		seen = "" // only what else is asserted counts
	}
	if seen != s.Expect {
		return fmt.Sprintf("%s: seen %s (%s); expected %s", s.What, seen, s.How(), s.Expect)
	}
	if seen == record.Degraded && (!s.Alive || s.Lapse != "") {
		return fmt.Sprintf("%s: %s", s.What, s.How())
	}
	var dead []string
	for _, o := range s.Oracles {
		if !o.OK {
			dead = append(dead, o.Name)
		}
	}
	if seen == record.Degraded && !slices.Equal(slices.Sorted(slices.Values(dead)), slices.Sorted(slices.Values(s.Dead))) {
		return fmt.Sprintf("%s: not served: %s; expected not served: %s", s.What, strings.Join(dead, ", "), strings.Join(s.Dead, ", "))
	}
	if missing := Missing(s.Said, s.Log); missing != "" {
		return fmt.Sprintf("%s: the log lacks %q; expected in this order: %s", s.What, missing, strings.Join(s.Log, ", "))
	}
	if s.Exit != nil && s.Status == nil {
		return fmt.Sprintf("%s: no exit status; expected exit status %d", s.What, *s.Exit)
	}
	if s.Exit != nil && *s.Exit != *s.Status {
		return fmt.Sprintf("%s: exit status %d; expected exit status %d", s.What, *s.Status, *s.Exit)
	}
	return ""
}

// How is one line about what was seen.
func (s Start) How() string {
	var parts []string
	switch {
	case !s.Alive && s.Lasted > 0:
		parts = append(parts, fmt.Sprintf("it served and then died %s later, %s", inSeconds(s.Lasted), s.Ended))
	case !s.Alive:
		parts = append(parts, "the main process ended: "+s.Ended)
	case s.Lapse != "":
		parts = append(parts, fmt.Sprintf("it served, not any more %s later, and then again: %s", inSeconds(s.Lasted), s.Lapse))
	case s.Lasted > 0:
		parts = append(parts, fmt.Sprintf("it served, and not any more %s later", inSeconds(s.Lasted)))
	}
	var served []string
	for _, o := range s.Oracles {
		if o.OK {
			served = append(served, o.Name)
			continue
		}
		parts = append(parts, fmt.Sprintf("%s: %s", o.Name, o.Detail))
	}
	if !s.Alive && len(served) > 0 {
		parts = append(parts, "another process still serves "+strings.Join(served, ", "))
	}
	switch {
	case len(parts) > 0:
	case s.Seen() == record.Late:
		return fmt.Sprintf("everything was served after %s, and not within %v", inSeconds(s.Served), s.Within)
	default:
		return "everything is served"
	}
	return strings.Join(parts, "; ")
}

// inSeconds is a measured duration as reports have it.
func inSeconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// Port says what the port did to the oracles that were not served: "connection refused (static, cgi)". "" where all were.
func (s Start) Port() string {
	said := map[string]string{"refused": "connection refused", "timeout": "no answer in time", "reset": "connection reset",
		"eof": "closed without an answer"}
	var order []string
	of := map[string][]string{}
	for _, o := range s.Oracles {
		if o.OK {
			continue
		}
		what := said[o.Class]
		if what == "" {
			what = o.Detail
		}
		if of[what] == nil {
			order = append(order, what)
		}
		of[what] = append(of[what], o.Name)
	}
	for i, what := range order {
		order[i] = fmt.Sprintf("%s (%s)", what, strings.Join(of[what], ", "))
	}
	return strings.Join(order, ", ")
}
