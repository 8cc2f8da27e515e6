// Package proc reads from /proc what the kernel shows of a process: its status, the system call that it waits in, its
// descriptors. It does not disturb the process. Parsers are separate from reading, so that tests and fuzzers can call them.
package proc

import "fmt"

// Root is where the processes of this PID namespace are listed.
const Root = "/proc"

// Path is a file of a process below root.
func Path(root string, pid int, name string) string {
	return fmt.Sprintf("%s/%d/%s", root, pid, name)
}

// TaskPath is a file of a thread below root.
func TaskPath(root string, pid, tid int, name string) string {
	return fmt.Sprintf("%s/%d/task/%d/%s", root, pid, tid, name)
}
