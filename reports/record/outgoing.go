package record

// Outgoing is what connections the target's processes have to other servers.
type Outgoing struct {
	PIDs        []int        `json:"pids"` // all processes of the target
	Connections []Connection `json:"connections,omitempty"`
}

// Connection is one connection that a process of the target opened.
type Connection struct {
	Local  string `json:"local"`
	Peer   string `json:"peer"`
	State  string `json:"state"` // ESTABLISHED or CLOSE-WAIT
	Inode  uint64 `json:"inode"`
	PID    int    `json:"pid"` // in the target's PID namespace
	Comm   string `json:"comm,omitempty"`
	Sent   uint64 `json:"sent,omitempty"`   // bytes, to within one
	Got    uint64 `json:"got,omitempty"`    // bytes, to within one
	RQueue uint32 `json:"rqueue,omitempty"` // bytes that the process has not read
}
