package proc

import "golang.org/x/sys/unix"

// calls lists the system calls in which servers wait. On a socket with a receive or send timeout the class does not hold: see
// TimedSocket.
var calls = withArch(map[int64]call{
	unix.SYS_READ:            {"read", true, Restartable},
	unix.SYS_READV:           {"readv", true, Restartable},
	unix.SYS_WRITE:           {"write", true, PartWay},
	unix.SYS_WRITEV:          {"writev", true, PartWay},
	unix.SYS_RECVFROM:        {"recvfrom", true, Restartable},
	unix.SYS_RECVMSG:         {"recvmsg", true, Restartable},
	unix.SYS_SENDTO:          {"sendto", true, PartWay},
	unix.SYS_SENDMSG:         {"sendmsg", true, PartWay},
	unix.SYS_SENDFILE:        {"sendfile", true, PartWay},
	unix.SYS_ACCEPT:          {"accept", true, Restartable},
	unix.SYS_ACCEPT4:         {"accept4", true, Restartable},
	unix.SYS_CONNECT:         {"connect", true, Restartable},
	unix.SYS_FLOCK:           {"flock", true, Restartable},
	unix.SYS_FCNTL:           {"fcntl", true, Restartable},
	unix.SYS_WAIT4:           {"wait4", false, Restartable},
	unix.SYS_WAITID:          {"waitid", false, Restartable},
	unix.SYS_PSELECT6:        {"pselect6", false, Restartable},
	unix.SYS_PPOLL:           {"ppoll", false, Restartable},
	unix.SYS_RT_SIGSUSPEND:   {"rt_sigsuspend", false, Restartable},
	unix.SYS_NANOSLEEP:       {"nanosleep", false, RestartBlock},
	unix.SYS_CLOCK_NANOSLEEP: {"clock_nanosleep", false, RestartBlock},
	unix.SYS_FUTEX:           {"futex", false, RestartBlock},
	unix.SYS_RESTART_SYSCALL: {"restart_syscall", false, RestartBlock},
	unix.SYS_EPOLL_PWAIT:     {"epoll_pwait", true, AlwaysEINTR},
	unix.SYS_EPOLL_PWAIT2:    {"epoll_pwait2", true, AlwaysEINTR},
	unix.SYS_RT_SIGTIMEDWAIT: {"rt_sigtimedwait", false, AlwaysEINTR},
	unix.SYS_SEMOP:           {"semop", false, AlwaysEINTR},
	unix.SYS_SEMTIMEDOP:      {"semtimedop", false, AlwaysEINTR},
	unix.SYS_MSGRCV:          {"msgrcv", false, AlwaysEINTR},
	unix.SYS_IO_URING_ENTER:  {"io_uring_enter", true, AlwaysEINTR},
})

func withArch(m map[int64]call) map[int64]call {
	for nr, c := range archCalls() {
		m[nr] = c
	}
	return m
}
