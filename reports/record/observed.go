package record

// Net is what the kernel counts for one network namespace, since it was made.
// Sources: /proc/net/snmp (Tcp) and /proc/net/netstat (TcpExt).
type Net struct {
	PassiveOpens    uint64 `json:"passive_opens"`    // connections that listeners took
	ActiveOpens     uint64 `json:"active_opens"`     // connections opened from inside
	CurrEstab       uint64 `json:"curr_estab"`       // ESTABLISHED or CLOSE-WAIT now
	ListenOverflows uint64 `json:"listen_overflows"` // accept queue was full
	ListenDrops     uint64 `json:"listen_drops"`     // SYNs dropped for any reason
}

// Worker is one process or thread of the target as it was at one moment.
type Worker struct {
	PID         int    `json:"pid"`
	TID         int    `json:"tid"` // equals PID for the first thread
	PPID        int    `json:"ppid"`
	Comm        string `json:"comm"`
	State       string `json:"state"`             // R, S, D, Z, T, ... as in /proc/PID/stat
	Syscall     string `json:"syscall,omitempty"` // what it waits in; "running" when in none
	FD          int    `json:"fd,omitempty"`      // the descriptor of that call, where it has one
	Wchan       string `json:"wchan,omitempty"`
	Established int    `json:"established"`    // ESTABLISHED TCP sockets that the process owns; counted on its first thread
	Hold        string `json:"hold,omitempty"` // the hold that this thread blocks on
}

// Port is what the kernel shows of one port of the target: the server's ends of its connections.
type Port struct {
	Port      int           `json:"port"`
	Processes []PortProcess `json:"processes,omitempty"` // that own a listening socket
	Served    []int         `json:"served,omitempty"`    // the clients' ports of the connections that a process owns and whose bytes it has read
	Left      int           `json:"left,omitempty"`      // CLOSE-WAIT: the client has closed the connection, the server has not
	Ready     bool          `json:"ready,omitempty"`     // one of these processes runs, or is ready to run
	Starved   float64       `json:"starved_seconds"`     // for how long one of these processes was ready to run and got no processor, since the first look
}

// PortProcess is a process that listens.
type PortProcess struct {
	PID   int    `json:"pid"`
	Comm  string `json:"comm"`
	Begun int64  `json:"begun_t"` // when it was started, to a clock tick of 10 ms: CLOCK_MONOTONIC in nanoseconds
}

// Sample is one look at a thread, taken without attaching.
type Sample struct {
	At          int64  `json:"asked_t,omitempty"` // when it was asked for, CLOCK_MONOTONIC ns; the event's T is when it was taken
	PID         int    `json:"pid"`
	TID         int    `json:"tid"`
	State       string `json:"state,omitempty"`
	Voluntary   uint64 `json:"voluntary_switches"`
	Involuntary uint64 `json:"involuntary_switches"`
	Caught      string `json:"sig_cgt,omitempty"` // masks as in /proc/PID/status, hexadecimal
	Blocked     string `json:"sig_blk,omitempty"`
	Ignored     string `json:"sig_ign,omitempty"`
	Pending     string `json:"sig_pnd,omitempty"`
	Shared      string `json:"shd_pnd,omitempty"`
	Syscall     string `json:"syscall,omitempty"`
	FD          int    `json:"fd,omitempty"`
	Wchan       string `json:"wchan,omitempty"`
}

// Client is a fresh client that asked the target while its workers may be held.
type Client struct {
	Served bool `json:"served"`
}
