package exhaustion

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

func process(pid, ppid int, comm string) record.Worker {
	return record.Worker{PID: pid, TID: pid, PPID: ppid, Comm: comm}
}

func TestWorkersOfAServer(t *testing.T) {
	shell, tail := process(7, 0, "sh"), process(8, 7, "tail")
	parent := process(10, 7, "httpd")
	children := []record.Worker{process(11, 10, "httpd"), process(12, 10, "httpd"), process(13, 10, "httpd")}
	thread := record.Worker{PID: 11, TID: 14, PPID: 10, Comm: "httpd"}
	list := func(some ...record.Worker) []record.Worker { return append(some, children...) }
	for _, c := range []struct {
		name    string
		listed  []record.Worker
		main    int
		holding []int
		workers []int
	}{
		{"a parent and its children", list(process(10, 0, "httpd")), 10, nil, []int{11, 12, 13}},
		{"a shell starts them", list(shell, parent), 7, nil, []int{11, 12, 13}},
		{"two wrappers start them", list(process(5, 0, "tini"), process(7, 5, "sh"), parent), 5, nil, []int{11, 12, 13}},
		{"a shell starts them and another program", list(shell, tail, parent), 7, nil, []int{8, 11, 12, 13}},
		{"a worker runs a program", list(process(10, 0, "httpd"), process(20, 11, "cgi")), 10, nil, []int{20, 11, 12, 13}},
		{"two of a shell's children have children", list(shell, parent, tail, process(9, 8, "cat")), 7, nil, []int{10, 8, 9, 11, 12, 13}},
		{"the parent holds a connection", list(shell, parent), 7, []int{10}, []int{10, 11, 12, 13}},
		{"a shell and one process", []record.Worker{shell, parent}, 7, nil, []int{10}},
		{"one process", []record.Worker{parent}, 10, nil, []int{10}},
		{"one process with threads", []record.Worker{children[0], thread}, 11, nil, []int{11}},
		{"threads are no workers", list(process(10, 0, "httpd"), thread), 10, nil, []int{11, 12, 13}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var pids []int
			for _, w := range workersOf(c.listed, c.main, c.holding) {
				pids = append(pids, w.PID)
			}
			NewWithT(t).Expect(pids).To(Equal(c.workers))
		})
	}
}
