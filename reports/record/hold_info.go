package record

// HoldInfo is what is known of a hold: its two ends, and the process that owns the server's socket.
type HoldInfo struct {
	Local    string  `json:"local,omitempty"` // the attacker's end
	Peer     string  `json:"peer,omitempty"`  // the server's end
	Sent     int     `json:"sent,omitempty"`  // bytes
	Got      int     `json:"got,omitempty"`   // bytes
	LastT    int64   `json:"last_byte_t,omitempty"`
	Unread   bool    `json:"unread,omitempty"`    // the client does not read what the server sends
	StoodT   int64   `json:"stood_t,omitempty"`   // hold.parked: the client may have stood at its stage since then, and noticed it late
	Refused  string  `json:"refused,omitempty"`   // hold.parked, hold.released: why the server refuses the stage, as it said; it had not closed the connection then
	RefusedT int64   `json:"refused_t,omitempty"` // when it said so
	Inode    uint64  `json:"inode,omitempty"`
	RQueue   uint32  `json:"rqueue,omitempty"`
	PID      int     `json:"pid,omitempty"` // in the target's PID namespace
	TID      int     `json:"tid,omitempty"` // the thread that blocks on it, where one does
	FD       int     `json:"fd,omitempty"`
	Comm     string  `json:"comm,omitempty"`            // the process's name
	State    string  `json:"state,omitempty"`           // of the server's socket: ESTABLISHED, CLOSE-WAIT, ...
	SeenT    int64   `json:"seen_t,omitempty"`          // worker.freed: when a process was last seen to own the socket
	Starved  float64 `json:"starved_seconds,omitempty"` // worker.freed: how long the server's processes were ready to run since the connection, and got no processor
	Disk     float64 `json:"disk_seconds,omitempty"`    // worker.freed: how long some process of this machine waited for a disk since the connection
	Stolen   float64 `json:"stolen_seconds,omitempty"`  // worker.freed: how long the hypervisor ran something else on a processor since the connection
	Queue    Queue   `json:"queue,omitempty"`           // hold.queued, hold.proven: where the connection was before the server read it
	QueueT   int64   `json:"queue_t,omitempty"`         // when it was last seen there
	WroteT   int64   `json:"wrote_after_t,omitempty"`   // hold.wrote: the server had not written yet at this time
}

// Queue is where a connection is of which the server has not read what the client sent.
type Queue string

// The queues. The kernel holds the first two; in the third the server has the connection and does not read.
const (
	Deferred Queue = "deferred" // TCP_DEFER_ACCEPT: the kernel tells the server of the connection when a byte comes, or much later
	Backlog  Queue = "backlog"  // the listening socket's queue: no process has accepted the connection
	Unread   Queue = "unread"   // a process has accepted the connection and has not read all bytes
)

// InWords says of a connection where it is.
func (q Queue) InWords() string {
	switch q {
	case Deferred:
		return "the kernel kept the connection from the server (TCP_DEFER_ACCEPT)"
	case Backlog:
		return "no process accepted the connection: it was in the backlog of the listening socket"
	case Unread:
		return "the server accepted the connection and did not read what the client sent"
	}
	return ""
}

// Release is the end of a hold, or of the worker's part in it.
type Release struct {
	By     ReleaseBy    `json:"by"`
	Detail string       `json:"detail,omitempty"`
	LastT  int64        `json:"last_byte_t,omitempty"` // when we last sent a byte
	End    ReleaseBy    `json:"end,omitempty"`         // what closed the connection after an alert, a close_notify or a status: fin or rst; empty if nothing did soon
	EndT   int64        `json:"end_t,omitempty"`       // when it did
	Ends   []ProcessEnd `json:"ends,omitempty"`        // worker.freed: the processes that owned the socket and ended with it
}
