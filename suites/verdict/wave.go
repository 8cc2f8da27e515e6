package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Wave is what was seen of a server while connections took its workers and vanished, from
// outside (was a fresh client served?) and from inside (how many workers hold a connection?).
// Times are CLOCK_MONOTONIC nanoseconds.
type Wave struct {
	Planned  int   // connections
	Opened   int   // of them
	First    int64 // when the first was opened
	Last     int64 // when the last was opened
	Vanished int64 // when the attacker was off the network: no FIN comes after it
	Ended    int64 // up to here it was watched
	Probes   []WaveProbe
	Looks    []WaveLook
	Prepared map[int]bool // PIDs of the workers that were prepared; nil where none was
	Stuck    []int        // PIDs of the workers that hold a connection at the end
	Autopsy  *record.Autopsy
	NoLook   string // why there is no autopsy
}

// WaveProbe is one fresh client.
type WaveProbe struct {
	Began, Ended int64
	Served       bool
}

// WaveLook is one count of the workers.
type WaveLook struct {
	T       int64
	Workers int
	Held    int // workers that hold a connection of the wave
	Left    int // connections of the wave that the server has not closed yet, also those that no worker has taken
}

// waveStory is what follows from it, in seconds from the wave's first connection; -1: it did not come.
type waveStory struct {
	before   int     // fresh clients served before the wave
	none     float64 // until no worker was left
	unserved int     // fresh clients from then on, up to the first that was served or the end
	served   float64 // until a fresh client was served again
	free     float64 // until no worker holds a connection any more
}

// tell puts the wave in order.
func (w Wave) tell() waveStory {
	s := waveStory{none: -1, served: -1, free: -1}
	var none int64
	for _, look := range w.Looks {
		if none == 0 && look.full() {
			none = look.T
		}
		if none != 0 && s.free < 0 && look.T > none && look.Held == 0 && look.Left == 0 {
			s.free = since(w.First, look.T)
		}
	}
	if none != 0 {
		s.none = since(w.First, none)
	}
	for _, p := range w.Probes {
		switch {
		case p.Served && p.Ended < w.First:
			s.before++
		case none == 0 || p.Began < none || s.served >= 0:
		case p.Served:
			s.served = since(w.First, p.Ended)
		default:
			s.unserved++
		}
	}
	return s
}

func (l WaveLook) full() bool { return l.Workers > 0 && l.Held == l.Workers }

// Exhaustion judges a wave. It fills everything but Waiver and Took.
func Exhaustion(plan record.Plan, w Wave) record.Judgement {
	j := record.Judgement{Expect: plan.Expect}
	s := w.tell()
	recovery := -1.0 // from the last connection until a fresh client is served and all workers are free
	if s.served >= 0 && s.free >= 0 {
		recovery = max(s.served, s.free) - since(w.First, w.Last)
	}
	result := record.HoldResult{}
	if recovery >= 0 {
		result.Released = rounded(recovery)
	}
	j.Holds = []record.HoldResult{result}
	fault := w.fault(plan, s)
	if recovery < 0 && fault == "" {
		j.Holds[0].By = record.ByNothing
	}
	switch {
	case fault != "":
		j.Verdict = record.Inconclusive
	case recovery < 0 && s.served < 0 && s.free < 0:
		j.Verdict = record.Never
	case recovery < 0:
		j.Verdict = record.Unstable
	case plan.Limit != nil && recovery > plan.Limit.Seconds+plan.Limit.TooLate:
		j.Verdict = record.Late
	default:
		j.Verdict = record.Fired
	}
	j.Status = status(plan, j.Verdict)
	if j.Status == record.Failed {
		j.Severity = record.High // nobody had to show who they are
	}
	j.Evidence = w.figures(s)
	j.Message = fmt.Sprintf("%s: %s", j.Verdict, strings.Join(j.Evidence, "; "))
	if plan.Limit != nil {
		j.Message += fmt.Sprintf("; expected recovery within %s after the last connection", seconds(plan.Limit.Seconds))
	}
	if fault != "" {
		j.Message = fmt.Sprintf("inconclusive: %s; %s", fault, strings.Join(j.Evidence, "; "))
	}
	if w.Autopsy != nil {
		j.Evidence = append(j.Evidence, fmt.Sprintf("PID %d (%s): %s", w.Autopsy.PID, w.Autopsy.Comm, w.Autopsy.Because))
	}
	return j
}

// fault says why the wave proves nothing, or "".
func (w Wave) fault(plan record.Plan, s waveStory) string {
	switch {
	case w.Opened < w.Planned:
		return fmt.Sprintf("%d of %d connections were opened", w.Opened, w.Planned)
	case w.Vanished == 0:
		return "the attacker did not vanish"
	case s.before == 0:
		return "no fresh client was served before the wave"
	case s.none < 0:
		return "the wave did not take every worker"
	case s.served >= 0 && !w.keptWaiting():
		return "fresh clients were served although each worker held a connection: the workers do not limit this server"
	case plan.Expect == record.Never && s.served < 0:
		return w.notTheCause()
	}
	return ""
}

// atOnce is within what a fresh client is served by a server that has a worker left, seconds.
const atOnce = 0.25

// keptWaiting says whether a fresh client was not served, or not at once, since the wave began.
func (w Wave) keptWaiting() bool {
	return slices.ContainsFunc(w.Probes, func(p WaveProbe) bool {
		return p.Ended > w.First && (!p.Served || since(p.Began, p.Ended) > atOnce)
	})
}

// notTheCause says why the workers that are stuck do not show what the scenario is about, or "".
func (w Wave) notTheCause() string {
	for _, pid := range w.Stuck {
		if w.Prepared != nil && !w.Prepared[pid] {
			return fmt.Sprintf("process %d is stuck and was not prepared", pid)
		}
	}
	switch {
	case w.Autopsy == nil:
		return "stalemate inspected no stuck worker: " + w.NoLook
	case w.Autopsy.NotAttached != "":
		return "stalemate could not inspect a stuck worker: " + w.Autopsy.NotAttached
	case !w.Autopsy.Restart:
		return fmt.Sprintf("SA_RESTART is not set on SIGALRM in the stuck process %d", w.Autopsy.PID)
	}
	return ""
}

// figures are the measurements as a person reads them.
func (w Wave) figures(s waveStory) []string {
	all := []string{fmt.Sprintf("%s in %s, vanished without a FIN %s after the first", record.Counted(w.Opened, "connection"), seconds(since(w.First, w.Last)), seconds(since(w.First, w.Vanished)))}
	if s.none >= 0 {
		all = append(all, fmt.Sprintf("no worker left after %s", seconds(s.none)))
	}
	watched := seconds(since(w.First, w.Ended))
	switch {
	case s.none < 0:
	case s.served >= 0:
		all = append(all, fmt.Sprintf("a fresh client served again %s after the first connection, %s after the last", seconds(s.served), seconds(s.served-since(w.First, w.Last))))
	default:
		all = append(all, fmt.Sprintf("0 of %d fresh clients served from then until %s", s.unserved, watched))
	}
	if s.free >= 0 {
		all = append(all, fmt.Sprintf("all workers free %s after the last connection", seconds(s.free-since(w.First, w.Last))))
	} else if n := len(w.Looks); n > 0 {
		all = append(all, fmt.Sprintf("%d of %d workers still held at %s", w.Looks[n-1].Held, w.Looks[n-1].Workers, watched))
	}
	if len(w.Stuck) > 0 && w.Prepared != nil {
		slices.Sort(w.Stuck)
		all = append(all, fmt.Sprintf("each stuck worker is one of the %d prepared workers", len(w.Prepared)))
	}
	return all
}

// Lasted is how long it was watched.
func (w Wave) Lasted() time.Duration { return time.Duration(w.Ended - w.First) }
