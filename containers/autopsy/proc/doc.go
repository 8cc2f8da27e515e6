// Package proc reads what the kernel tells about a process without touching it:
// its status, the system call that it waits in, its descriptors. Parsers are
// separate from reading, so that they can be tried on any text.
package proc

import "fmt"

// Root is where the processes of a PID namespace are listed.
const Root = "/proc"

// Path is a file of a process under root.
func Path(root string, pid int, name string) string {
	return fmt.Sprintf("%s/%d/%s", root, pid, name)
}

// TaskPath is a file of a thread under root.
func TaskPath(root string, pid, tid int, name string) string {
	return fmt.Sprintf("%s/%d/task/%d/%s", root, pid, tid, name)
}
