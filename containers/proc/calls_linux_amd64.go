package proc

import "golang.org/x/sys/unix"

// archCalls are system calls that newer architectures do not have.
func archCalls() map[int64]call {
	return map[int64]call{
		unix.SYS_SELECT:     {"select", false, Restartable},
		unix.SYS_POLL:       {"poll", false, RestartBlock},
		unix.SYS_PAUSE:      {"pause", false, Restartable},
		unix.SYS_EPOLL_WAIT: {"epoll_wait", true, AlwaysEINTR},
	}
}
