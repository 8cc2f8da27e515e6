package record

// Leftover is one thing that a start found or an unclean death left.
type Leftover struct {
	Kind   string `json:"kind"` // file, directory, symlink, fifo, posix-shm, sysv-shm, sysv-sem, sysv-msg, socket, lock, pid-file
	Name   string `json:"name"`
	When   string `json:"when"` // before, running, after, start
	Inc    int    `json:"incarnation"`
	New    bool   `json:"new,omitempty"`
	Owner  string `json:"owner,omitempty"`
	Mode   string `json:"mode,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Inode  uint64 `json:"inode,omitempty"`
	Key    string `json:"key,omitempty"`
	Attach int    `json:"nattch,omitempty"`
	CPID   int    `json:"cpid,omitempty"`
	Holds  int    `json:"holds_pid,omitempty"` // the number that a pid-file holds
	Note   string `json:"note,omitempty"`      // what could not be seen, and why
}
