package record

import "fmt"

// Counts compares what was planned, opened and taken.
type Counts struct {
	Planned      int `json:"planned"`
	Connected    int `json:"connected"`
	PassiveOpens int `json:"passive_opens"` // of the pod's network namespace, over the batch
}

// Disagree says in what the counts disagree, or "". The server may have taken more
// connections than were opened here: some (Apache) connect to themselves.
func (c Counts) Disagree() string {
	switch {
	case c.Connected != c.Planned:
		return fmt.Sprintf("stalemate opened %d of %s", c.Connected, Counted(c.Planned, "planned connection"))
	case c.PassiveOpens < c.Connected:
		return fmt.Sprintf("the pod accepted %s; stalemate opened %d", Counted(c.PassiveOpens, "connection"), c.Connected)
	}
	return ""
}
