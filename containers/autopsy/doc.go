// Package autopsy finds out, from a process that kept a connection, why its
// timeout did not fire: what SIGALRM would do, whether a timer ran, and whether
// the handler ran at the deadline.
//
// What disturbs nothing (reading /proc) is done before the verdict; a process
// is stopped before the deadline only in a call that is taken up again
// unnoticed, and otherwise afterwards.
package autopsy
