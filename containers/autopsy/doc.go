// Package autopsy finds out why a timeout that relies on SIGALRM did not fire, from the process that still serves the
// connection: what SIGALRM would do, whether a timer ran, and whether the handler ran at the deadline.
//
//	time       step           what it reads
//	before     Case.Before    /proc: voluntary context switches. If a stop is harmless: SIGALRM's action and ITIMER_REAL
//	deadline                  (the timer expires, or does not)
//	after      Case.After     /proc: voluntary context switches, the system call
//	verdict                   (the hold never ended)
//	later      Case.Attach    ptrace: SIGALRM's action and ITIMER_REAL
//	           Case.Report    Classify: restarted, looped, blocked, ignored, never-armed, re-armed, sent-by-parent
//
// Most servers do not use SIGALRM: they wait in an event loop, or in a call that has a timeout. For these the autopsy says how
// they wait, what timeout the call has, and which timers run in the epoll set. It reads that from /proc: event-loop,
// own-timeout, timer-running.
//
// A class of SIGALRM needs evidence. A figure that is missing is none: the class is then unknown.
//
// Reading /proc disturbs nothing. A stop by ptrace can end a system call with EINTR, which would change what is measured.
// So before the verdict the thread is stopped only in a system call that the kernel restarts unnoticed.
package autopsy
