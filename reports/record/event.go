package record

import "encoding/json"

// Event is one line of the log. T is CLOCK_MONOTONIC in nanoseconds, which all
// containers of one host share; only differences mean anything.
type Event struct {
	Run         string       `json:"run"`
	T           int64        `json:"t"`
	Kind        Kind         `json:"kind"`
	Target      string       `json:"target,omitempty"`
	Pod         string       `json:"pod,omitempty"`
	Cell        string       `json:"cell,omitempty"`
	Hold        string       `json:"hold,omitempty"`
	RunInfo     *RunInfo     `json:"run_info,omitempty"`
	Plan        *Plan        `json:"plan,omitempty"`
	Batch       *Batch       `json:"batch,omitempty"`
	Image       *Image       `json:"image,omitempty"`
	PodInfo     *PodInfo     `json:"pod_info,omitempty"`
	Incarnation *Incarnation `json:"incarnation,omitempty"`
	Force       *Force       `json:"force,omitempty"`
	HoldInfo    *HoldInfo    `json:"hold_info,omitempty"`
	Release     *Release     `json:"release,omitempty"`
	Ended       *ProcessEnd  `json:"ended,omitempty"`
	Leftover    *Leftover    `json:"leftover,omitempty"`
	Autopsy     *Autopsy     `json:"autopsy,omitempty"`
	Counts      *Counts      `json:"counts,omitempty"`
	Verdict     *Judgement   `json:"verdict,omitempty"`
	Spec        *Spec        `json:"spec,omitempty"`
	Build       *Build       `json:"build,omitempty"`
	Compared    *Compared    `json:"compared,omitempty"`
	Net         *Net         `json:"net,omitempty"`      // of an observation
	Workers     []Worker     `json:"workers,omitempty"`  // of an observation
	Ports       []Port       `json:"ports,omitempty"`    // of an observation
	Outgoing    *Outgoing    `json:"outgoing,omitempty"` // of an observation
	Sample      *Sample      `json:"sample,omitempty"`   // of an observation
	Client      *Client      `json:"client,omitempty"`   // of an observation
	Note        string       `json:"note,omitempty"`
	Error       string       `json:"error,omitempty"` // why an observation could not be made
}

// Line is the event as one line of a program in a pod, without the newline. Its texts are bounded.
func (e Event) Line() ([]byte, error) {
	line, err := json.Marshal(e)
	return shortTexts(line, LongestInPod), err
}
