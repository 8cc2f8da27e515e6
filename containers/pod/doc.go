// Package pod runs a server so that it can die and start again with the same PID, as on a host.
//
// The target's container is unmodified. It joins namespaces that small helper containers hold:
//
//	+------------------- the pod's network (internal: no way out, no published port) -------------------+
//	|                                                                                                   |
//	|  attacker     service(s)      sandbox ------ holds network + IPC, as long as the pod              |
//	|  own address  own address       |                                                                 |
//	|                                 +-- holder --- holds PID, one incarnation                         |
//	|                                 |     |                                                           |
//	|                                 |     +-- target ----- the server                                 |
//	|                                 |     +-- inspector -- SYS_PTRACE; looks into the server          |
//	|                                 |                                                                 |
//	|                                 +-- witness -- lists leftovers while the server is down           |
//	+---------------------------------------------------------------------------------------------------+
//
//	container   network      IPC          PID         lives as long as
//	sandbox     its own      its own      its own     the pod
//	holder      sandbox's    its own      its own     an incarnation
//	target      sandbox's    sandbox's    holder's    an incarnation
//	inspector   sandbox's    sandbox's    holder's    an incarnation
//	witness     sandbox's    sandbox's    its own     the pod
//	attacker    its own      its own      its own     until Vanish or the end of the pod
//	service     its own      its own      its own     the pod
//
// This is RestartAs host and kubernetes. With docker, target and inspector join the holder's IPC namespace, and the witness
// has its own. With bare there is no holder: the target has its own PID and IPC namespaces, and the inspector joins those. A pod with one incarnation
// (Lives: Single) has no holder either: the sandbox also holds the PID namespace. A witness exists where Spec.Roles names it.
//
// The life of an incarnation:
//
//  1. Start creates the network and all containers. Sandbox, witness, attacker and services run.
//  2. Up starts the holder, which opens a fresh PID namespace, and the inspector. For PID 4242 the holder allocates PIDs and
//     throws them away until 4241 is the last. The server starts next. The holder reads its PID and its start time back.
//  3. Kill sends SIGKILL to the holder. The kernel then kills every process in its PID namespace, daemons included.
//  4. Leftovers asks the witness for what the server left behind: files, shared memory, semaphores.
//  5. Up with PID 4242 again starts the target's container in a fresh PID namespace. The address is the same. With RestartAs
//     kubernetes the container is a new one.
//
// Files: start.go, up.go, force.go and down.go are the steps above. Each container has a file of its name. namespaces.go says
// which container holds which namespace. container.go has the requests that create, start and remove one container. ask.go
// and exec_conversation.go talk to a command inside a container; container_conversation.go talks to its main process.
package pod
