// Package inspect is the inspector: a program in the network namespace of a pod and the PID namespace of the target. It
// watches the server's end of every hold, finds the process that serves it, and examines that process after the verdict.
//
//	harness                      inspector                                 server
//	  watch h#1  ------------->  look up the server's socket (sock_diag)      accept
//	  parked h#1 ------------->  so many bytes must have been read            read
//	             <-- hold.proven  a process owns it and has read all bytes
//	  (the client sees a FIN)
//	  fast h#1   ------------->  look it up each 10 ms
//	             <- worker.freed  no process owns it any more                 close
//	  autopsy h#2 ------------>  attach to the process that serves h#2        still waits in read
//	             <- autopsy       the class, such as "restarted"
package inspect
