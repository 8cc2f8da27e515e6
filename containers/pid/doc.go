// Package pid chooses the PID of the next process in a PID namespace, and reports which process gets it. It needs no
// privilege.
//
// The kernel hands out PIDs in ascending order. To make 4242 the next PID, the holder of the namespace takes all PIDs
// before it and throws them away:
//
//	last PID   what happens
//	117        the holder makes 4124 clones that fail with EFAULT: each takes a PID, none makes a task
//	4241       the holder reports that the namespace is ready; the harness starts the target's container
//	4242       the holder reports the first process whose parent is outside the namespace: the target
//
// Each PID is taken in every PID namespace above as well, the host's included. That is why Advance has a bound.
//
// No other process of the namespace may take a PID between the last failed clone and the target's start. A Go runtime
// takes one for each thread that it starts, so the code that runs in that time uses raw system calls.
package pid
