package record

import "fmt"

// RefusedAtStage ends the reason of a hold that the server ended as soon as it had reached its stage.
const RefusedAtStage = "a refusal and no limit"

// HoldState is what is known of one attempt to hold one connection. Hear folds
// the events of both ends into it: those of the attacker (connected, parked,
// trickled, released, failed, not applicable) and those of the inspector, which
// looks from the server's side (queued, proven, wrote, shut, worker freed). The order in which the two
// ends are heard does not matter. The zero value is a hold of which nothing was heard.
//
// Times are CLOCK_MONOTONIC in nanoseconds, as in [Event]; 0 means that it has not happened.
type HoldState struct {
	ID      string
	Cell    string
	Pod     string
	Attempt int // from 1: how often this hold has been tried, this time included

	Local  string // the attacker's end, as address:port
	Peer   string // the server's end
	PID    int    // the server's process that owns the socket, in the target's PID namespace
	Inode  uint64 // of the server's socket
	RQueue uint32 // bytes that the server had not read at the proof
	Unread bool   // the client does not read what the server sends

	Connected   int64
	Parked      int64        // the stage was reached
	Stood       int64        // it may have been reached then, and the attacker noticed it at Parked; 0: it noticed it at once
	LastByte    int64        // the attacker last sent something, the trickle included
	TrickleEnd  int64        // the last byte of a trickle that has an end
	Proven      int64        // the server's process was seen to own the socket and to have read what was sent
	Queue       Queue        // where the connection was before that, if it was seen to wait there after it was parked
	QueueT      int64        // when it was last seen there
	WroteAfter  int64        // an unread response: the server last wrote between these two
	Wrote       int64        //
	Shut        int64        // an unread response: the server closed its direction, and still has the socket
	Released    int64        // the server ended the hold, as the attacker saw it
	Watched     int64        // up to here a hold was watched that was not released
	KeptBy      string       // which process still owned the socket after the release: "PID 17 (sleep)"
	Starved     float64      // seconds for which the server's processes were ready to run and got no processor
	Disk        float64      // seconds for which some process of the machine waited for a disk
	Stolen      float64      // seconds for which the hypervisor ran something else on one of the machine's processors
	Ends        []ProcessEnd // the processes that owned the server's socket and ended with it
	WorkerFreed int64        // no process of the server owns its socket any more
	By          ReleaseBy    // how it was released; nothing: it was not, up to Watched
	Detail      string       // of By: the status, the alert; with nothing: why the watch ended early
	ClosedBy    ReleaseBy    // fin or rst: what closed the connection after an alert, a close_notify or a status

	Refused       string // why the server refuses the stage, as it said; it had not closed the connection then
	RefusedT      int64  // when it said so
	Failed        string // the stage was not reached, and why
	FailedT       int64
	NotApplicable string // the target cannot have this stage, and why
}

// Hear takes in one event. Events of other kinds change nothing. When the event
// begins another attempt, what was known of the earlier one is dropped; ask
// [HoldState.Begins] before where it must be kept. The error says that the event
// is another hold's, or that it lacks its payload; the state is then as it was.
func (h *HoldState) Hear(e Event) error {
	switch {
	case !e.Kind.ofHold():
		return nil
	case h.ID != "" && h.ID != e.Hold:
		return fmt.Errorf("hold %s: an event %s of hold %s", h.ID, e.Kind, e.Hold)
	case e.Kind == HoldReleased && e.Release == nil:
		return fmt.Errorf("hold %s: the event hold.released does not say how", e.Hold)
	case h.Begins(e):
		*h = HoldState{Attempt: h.Attempt + 1}
	}
	h.Attempt = max(h.Attempt, 1)
	h.ID, h.Cell = e.Hold, e.Cell
	if e.Pod != "" {
		h.Pod = e.Pod
	}
	if e.HoldInfo != nil {
		h.identify(e.Kind, e.HoldInfo)
	}
	switch e.Kind {
	case HoldConnected:
		h.Connected = e.T
	case HoldParked:
		h.Parked = e.T
		if e.HoldInfo != nil {
			h.Stood = e.HoldInfo.StoodT
		}
	case HoldTrickled:
		h.TrickleEnd = e.T
	case HoldProven:
		h.Proven = e.T
	case HoldWrote:
		h.Wrote = e.T
	case SocketShut:
		h.Shut = e.T
	case HoldReleased:
		h.release(e)
	case WorkerKept:
		h.keep(e)
	case WorkerFreed:
		h.WorkerFreed = e.T
		if e.HoldInfo != nil {
			h.Starved, h.Disk, h.Stolen = e.HoldInfo.Starved, e.HoldInfo.Disk, e.HoldInfo.Stolen
		}
		if e.Release != nil {
			h.Ends = e.Release.Ends
		}
	case HoldFailed:
		h.Failed, h.FailedT = e.Note, e.T
	case HoldNotApplicable:
		h.NotApplicable = e.Note
	}
	return nil
}

// Begins says whether the event begins another attempt at a hold that was
// connected before, or that has failed: such a hold is held again.
func (h HoldState) Begins(e Event) bool {
	switch e.Kind {
	case HoldConnected:
		return h.Connected != 0 || h.Over()
	case HoldFailed, HoldNotApplicable: // the attacker ends an attempt once
		return h.Over()
	}
	return false
}

// Over says whether the attacker has told how the attempt ended. The inspector may
// still tell that the worker was freed.
func (h HoldState) Over() bool {
	return h.By != "" || h.Released != 0 || h.Failed != "" || h.NotApplicable != ""
}

// Kept says whether the server had not released the hold when the attacker stopped watching.
func (h HoldState) Kept() bool { return h.By == ByNothing }

// Ended is when the server ended the hold, and how; 0 and nothing if it did not.
// Where the attacker cannot see the end (it does not read, so that the FIN stays
// behind the data), the server's socket shows it.
func (h HoldState) Ended() (int64, ReleaseBy) {
	switch {
	case h.Released != 0:
		return h.Released, h.By
	case h.Shut != 0:
		return h.Shut, BySocketShut
	case h.WorkerFreed != 0:
		return h.WorkerFreed, BySocketGone
	}
	return 0, ByNothing
}

// identify takes in who the two ends are. The process and its socket are those that
// the proof names: at the end the socket may be another's, or nobody's.
func (h *HoldState) identify(kind Kind, info *HoldInfo) {
	if info.Local != "" {
		h.Local = info.Local
	}
	if info.Peer != "" {
		h.Peer = info.Peer
	}
	if kind == HoldProven || h.Proven == 0 && info.Inode != 0 {
		h.PID, h.Inode, h.RQueue = info.PID, info.Inode, info.RQueue
	}
	h.Unread = h.Unread || info.Unread
	if info.Queue != "" {
		h.Queue, h.QueueT = info.Queue, max(h.QueueT, info.QueueT)
	}
	if info.Refused != "" {
		h.Refused, h.RefusedT = info.Refused, info.RefusedT
	}
	if kind == HoldWrote {
		h.WroteAfter = info.WroteT
	}
	if kind == HoldParked || kind == HoldTrickled {
		h.LastByte = max(h.LastByte, info.LastT)
	}
}

// keep takes in which process still owns the socket.
func (h *HoldState) keep(e Event) {
	if e.HoldInfo == nil || e.HoldInfo.PID == 0 {
		return // nobody could tell
	}
	h.KeptBy = fmt.Sprintf("PID %d", e.HoldInfo.PID)
	if e.HoldInfo.Comm != "" {
		h.KeptBy += fmt.Sprintf(" (%s)", e.HoldInfo.Comm)
	}
}

// release takes in the end as the attacker saw it. Which byte was the last one the
// release itself says: a byte that was under way then says nothing of the limit.
func (h *HoldState) release(e Event) {
	h.By, h.Detail, h.ClosedBy = e.Release.By, e.Release.Detail, e.Release.End
	h.LastByte = max(h.LastByte, e.Release.LastT)
	if e.Release.By == ByNothing {
		h.Watched = e.T
	} else {
		h.Released = e.T
	}
}
