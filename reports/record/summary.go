package record

// Summary is a run as every report shows it. All reports are drawn from it, so
// they cannot disagree. Durations are seconds, and end in _seconds. Points in time are
// seconds since the run began, and end in _at or are called at; nil is none.
type Summary struct {
	Head
	Ended   bool           `json:"ended"` // the run's own end is in the log
	EndExit int            `json:"end_exit,omitempty"`
	Stopped string         `json:"stopped,omitempty"` // why it ended before its time
	Tally   Tally          `json:"tally"`
	Targets []*Target      `json:"targets"`
	Itself  *Target        `json:"itself,omitempty"` // what happened to no target: the base image, say
	Batches []BatchSummary `json:"batches,omitempty"`
	// Comparison is there where the run held two builds: its outcomes then decide the exit status, and not the tally.
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Head is what the report of any run begins with, that of a comparison too.
type Head struct {
	Run      string            `json:"run"`
	Version  string            `json:"version"`
	Command  string            `json:"command"`
	UnixTime int64             `json:"unix_time"`
	Engine   map[string]string `json:"engine,omitempty"`
	Versions map[string]string `json:"versions,omitempty"`
	Wall     float64           `json:"wall_seconds"`
	FailOn   Severity          `json:"fail_on,omitempty"`  // failures below it do not make the run fail; "" for none
	Notices  []string          `json:"notices,omitempty"`  // what a reader must know; changes no status
	Problems []string          `json:"problems,omitempty"` // why the run is not green, apart from its cells
}

// Tally counts cells. Canaries are counted apart: they test the harness.
type Tally struct {
	Planned    int             `json:"planned"`
	Judged     int             `json:"judged"`
	Verdicts   map[Verdict]int `json:"verdicts"`
	Statuses   map[Status]int  `json:"statuses"`
	Reproduced int             `json:"reproduced"` // known-bad cells in which the failure was seen
	// ReproducedAs are the verdicts of those; they are in Verdicts too.
	ReproducedAs map[Verdict]int `json:"reproduced_as"`
	Waived       int             `json:"waived"`
	// WaivedAs are the verdicts of those; they are in Verdicts too.
	WaivedAs map[Verdict]int `json:"waived_as"`
	// Below are failed cells whose severity is below the run's FailOn; they are in Statuses too.
	Below    int `json:"below_fail_on,omitempty"`
	Canaries int `json:"canaries"`
	Caught   int `json:"canaries_caught"`
}

// Tested is the number of cells that say something about a target; a failure that is waived does.
func (t Tally) Tested() int { return t.Statuses[Passed] + t.Statuses[Failed] + t.Waived }

// Target is what happened to one target.
type Target struct {
	Name         string        `json:"name"`
	Tally        Tally         `json:"tally"`
	Suites       []*Suite      `json:"suites"`
	Images       []Image       `json:"images,omitempty"`
	Pods         []Pod         `json:"pods,omitempty"`
	Incarnations []Life        `json:"incarnations,omitempty"`
	Forces       []ForceAt     `json:"pid_attempts,omitempty"`
	Collisions   []ForceAt     `json:"pid_collisions,omitempty"`
	Leftovers    []LeftoverAt  `json:"leftovers,omitempty"`
	Autopsies    []AutopsyAt   `json:"autopsies,omitempty"`
	Injections   []NoteAt      `json:"injections,omitempty"`
	Observations []NoteAt      `json:"observations,omitempty"`
	Logs         []NoteAt      `json:"logs,omitempty"` // the tail of the target's own log
	Counts       []CountsOfPod `json:"counts,omitempty"`
}

// Suite is the cells of one target in one suite, in the order of the plan.
type Suite struct {
	Name    string   `json:"name"`
	Started *float64 `json:"started_at,omitempty"` // the first that happened to one of the cells
	Ended   *float64 `json:"ended_at,omitempty"`   // the last
	Cells   []*Cell  `json:"cells"`
}

// Wall is the time from the first event of the suite's cells to the last; 0 where nothing happened to them.
func (s *Suite) Wall() float64 {
	if s.Started == nil || s.Ended == nil {
		return 0
	}
	return *s.Ended - *s.Started
}

// Cell is one cell, from plan to judgement.
type Cell struct {
	Address    string      `json:"address"`
	Target     string      `json:"target"`
	Plan       Plan        `json:"plan"`
	Judgement  *Judgement  `json:"judgement,omitempty"` // nil: none was given, which is never green
	Canary     *Judgement  `json:"canary,omitempty"`    // was the false limit, or the server that never releases, caught?
	Status     Status      `json:"status"`
	Reproduced bool        `json:"reproduced,omitempty"`    // a failure that was expected, seen
	Below      bool        `json:"below_fail_on,omitempty"` // failed, and its severity is below the run's FailOn
	Holds      []*Hold     `json:"holds,omitempty"`         // every attempt, in the order of connecting
	Autopsies  []AutopsyAt `json:"autopsies,omitempty"`
	Notes      []NoteAt    `json:"notes,omitempty"`
}

// Hold is one attempt to hold one connection. A nil time has not come: a hold that
// was not released has Watched instead, up to which it was open.
type Hold struct {
	ID            string    `json:"id"`
	Pod           string    `json:"pod,omitempty"`
	Attempt       int       `json:"attempt"`
	Local         string    `json:"local,omitempty"`
	Peer          string    `json:"peer,omitempty"`
	PID           int       `json:"pid,omitempty"`
	Inode         uint64    `json:"inode,omitempty"`
	RQueue        uint32    `json:"rqueue,omitempty"`
	Connected     *float64  `json:"connected_at,omitempty"`
	Parked        *float64  `json:"parked_at,omitempty"`
	Stood         *float64  `json:"stood_since_at,omitempty"`   // the stage may have been reached then: the attacker noticed it late
	LastByte      *float64  `json:"last_byte_at,omitempty"`     // the attacker last sent something
	TrickleEnd    *float64  `json:"trickle_ended_at,omitempty"` // the last byte of a trickle that has an end
	Queue         Queue     `json:"queue,omitempty"`            // where the connection waited for the server
	Queued        *float64  `json:"queue_seen_at,omitempty"`    // when it was last seen there
	Proven        *float64  `json:"proven_at,omitempty"`
	WroteAfter    *float64  `json:"wrote_after_at,omitempty"` // an unread response: the server last wrote between these two
	Wrote         *float64  `json:"wrote_at,omitempty"`
	Shut          *float64  `json:"shut_at,omitempty"` // the server's FIN waits behind an unread response
	Released      *float64  `json:"released_at,omitempty"`
	Watched       *float64  `json:"watched_until_at,omitempty"`
	WorkerFreed   *float64  `json:"worker_freed_at,omitempty"`
	By            ReleaseBy `json:"by,omitempty"`
	Detail        string    `json:"detail,omitempty"`
	ClosedBy      ReleaseBy `json:"closed_by,omitempty"` // fin or rst, after an alert, a close_notify or a status
	Failed        string    `json:"failed,omitempty"`
	NotApplicable string    `json:"not_applicable,omitempty"`
}

// Lasted is the time from parked (or connected, where it never parked) to the end
// of the hold; 0 where one of them has not come, and of a connection that the stage did not hold.
func (h *Hold) Lasted() float64 {
	if h.NotApplicable != "" {
		return 0
	}
	from := h.Parked
	if from == nil {
		from = h.Connected
	}
	until := h.Released
	if until == nil {
		until = h.Watched
	}
	if from == nil || until == nil {
		return 0
	}
	return *until - *from
}

// Pod is one pod of a target.
type Pod struct {
	Name string `json:"name"`
	PodInfo
}

// Life is one incarnation. Reused: an earlier one of the same pod had the same PID.
type Life struct {
	Pod       string   `json:"pod,omitempty"`
	Cell      string   `json:"cell,omitempty"`
	Number    int      `json:"number"`
	PID       int      `json:"pid"`
	StartTime uint64   `json:"start_time_ticks"`
	Started   *float64 `json:"started_at,omitempty"`
	Ready     *float64 `json:"ready_at,omitempty"`
	Ended     *float64 `json:"ended_at,omitempty"`
	How       string   `json:"how,omitempty"`
	Exit      int      `json:"exit,omitempty"`
	Reused    bool     `json:"pid_reused,omitempty"`
}

// ForceAt is one attempt at a PID, or a proven collision, and where it happened.
type ForceAt struct {
	At   float64 `json:"at"`
	Pod  string  `json:"pod,omitempty"`
	Cell string  `json:"cell,omitempty"`
	Force
}

// LeftoverAt is a leftover and where it was seen.
type LeftoverAt struct {
	At   float64 `json:"at"`
	Pod  string  `json:"pod,omitempty"`
	Cell string  `json:"cell,omitempty"`
	Leftover
}

// AutopsyAt is an autopsy and what it was made for.
type AutopsyAt struct {
	At   float64 `json:"at"`
	Pod  string  `json:"pod,omitempty"`
	Cell string  `json:"cell,omitempty"`
	Hold string  `json:"hold,omitempty"`
	Autopsy
	Deadline *float64 `json:"deadline_at,omitempty"` // in place of the autopsy's own
}

// NoteAt is something that was said in words.
type NoteAt struct {
	At   float64 `json:"at"`
	Pod  string  `json:"pod,omitempty"`
	Cell string  `json:"cell,omitempty"`
	Hold string  `json:"hold,omitempty"`
	Note string  `json:"note"`
	// Served says of a fresh client whether it was served. Nil: this is about something else.
	Served *bool `json:"served,omitempty"`
}

// CountsOfPod are the counts of one pod.
type CountsOfPod struct {
	Pod string `json:"pod,omitempty"`
	Counts
}

// BatchSummary is one batch of holds.
type BatchSummary struct {
	Number  int      `json:"number"`
	Targets int      `json:"targets"`
	Holds   int      `json:"holds"`
	Planned float64  `json:"planned_seconds"` // the longest hold, as planned
	Longest float64  `json:"longest_seconds"` // as measured; 0 where the batch did not end
	Started float64  `json:"started_at"`
	Ended   *float64 `json:"ended_at,omitempty"`
}

// Cells are all cells, target by target, suite by suite, in the order of the plan.
func (s Summary) Cells() []*Cell {
	var cells []*Cell
	for _, target := range s.Targets {
		cells = append(cells, target.Cells()...)
	}
	return cells
}

// Cells are the cells of all suites of a target.
func (t *Target) Cells() []*Cell {
	var cells []*Cell
	for _, suite := range t.Suites {
		cells = append(cells, suite.Cells...)
	}
	return cells
}
