package record

// RunInfo says what ran, with what, on what.
type RunInfo struct {
	Version  string            `json:"version"`
	Command  string            `json:"command"`
	UnixTime int64             `json:"unix_time"` // seconds, for people; never for measuring
	Engine   map[string]string `json:"engine,omitempty"`
	Versions map[string]string `json:"versions,omitempty"`
	Exit     int               `json:"exit,omitempty"` // run.ended
	Stopped  string            `json:"stopped,omitempty"`
	Specs    []string          `json:"specs,omitempty"`   // run.started: the suites whose cells Ginkgo asserts
	Shard    *Shard            `json:"shard,omitempty"`   // run.started: this run is a part of another; see check --shard
	FailOn   Severity          `json:"fail_on,omitempty"` // run.started: the least severity that makes the run fail; "" any
}

// Batch is a set of holds that wait at the same time.
type Batch struct {
	Number  int     `json:"number"`
	Targets int     `json:"targets"`
	Holds   int     `json:"holds"`
	Longest float64 `json:"longest_seconds"` // planned at the start, measured at the end
}

// Shard is which part of a plan a run carried out.
type Shard struct {
	Number int    `json:"number"` // from 1
	Count  int    `json:"count"`
	Cells  int    `json:"cells"` // of the whole plan, canaries included
	Plan   string `json:"plan"`  // tells the whole plan from others
}
