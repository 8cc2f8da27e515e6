package verdict

import (
	"fmt"
	"strings"

	"stalemate/reports/record"
)

const (
	// queueTolerance is how long a connection may wait for the server without a word about it, in seconds.
	queueTolerance = 0.5
	// unservedAfter is how long a client must have waited on its way to its stage before its failure says that the server
	// does not serve, in seconds. A stage is given up after 10 s.
	unservedAfter = 5
)

// queued says where a connection was, and for how long, before the server read what the client had sent. It is "" if
// the server read in time.
func queued(h Hold, end int64) string {
	if h.Queue == "" {
		return ""
	}
	until := h.QueueT
	if h.Proven == 0 {
		until = max(until, end) // it was never seen elsewhere
		if end == 0 {
			until = max(until, h.Watched)
		}
	}
	if since(h.Parked, until) < queueTolerance {
		return ""
	}
	return inQueue(h, since(h.Parked, until))
}

// unserved says of a hold that did not reach its stage that the server did not serve its client. It is "" if the hold
// failed for another reason.
func unserved(h Hold) string {
	wait := since(h.Connected, h.FailedT)
	if h.Failed == "" || h.Parked != 0 || h.Connected == 0 || h.Queue == "" || wait < unservedAfter {
		return ""
	}
	return fmt.Sprintf("the client gave up on its way to the stage; %s", inQueue(h, wait))
}

// inQueue says where a connection waited, for how many seconds, and how many others the server served meanwhile.
func inQueue(h Hold, wait float64) string {
	text := fmt.Sprintf("%s for %s", h.Queue.InWords(), seconds(wait))
	if h.Capacity > 0 && h.Queue != record.Deferred {
		text += " (" + capacitySeen(h) + ")"
	}
	return text
}

func capacitySeen(h Hold) string {
	return fmt.Sprintf("the server served %d at a time; `capacity` is how many it is held by", h.Capacity)
}

// refusedByNumber says of a hold that the server refused at its stage how many it served: some servers close what is beyond their
// number. It is "" for another hold.
func refusedByNumber(h Hold) string {
	if h.Capacity == 0 || !strings.HasSuffix(h.Failed, record.RefusedAtStage) {
		return ""
	}
	return capacitySeen(h)
}
