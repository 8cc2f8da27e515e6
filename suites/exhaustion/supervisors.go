package exhaustion

import (
	"slices"

	"stalemate/reports/record"
)

// workersOf are the processes of the server that serve connections, one entry each. Its main process is none, unless it is the
// only process. Where a shell starts the server, the main process is that shell, and the server's own parent is no worker either.
func workersOf(listed []record.Worker, main int, holding []int) []record.Worker {
	var processes []record.Worker
	for _, one := range listed {
		if one.TID == one.PID {
			processes = append(processes, one)
		}
	}
	if len(processes) < 2 {
		return processes
	}
	above := supervisors(processes, main, holding)
	return slices.DeleteFunc(processes, func(p record.Worker) bool { return slices.Contains(above, p.PID) })
}

// supervisors are the main process and what is between it and the workers:
//
//	sh -> httpd -> httpd, httpd, ...
//
// A process under a supervisor is one too if it alone of its siblings has children, has another name than the supervisor, and
// holds no connection. A worker that started a program has children as well, and in most servers its parent's name.
func supervisors(processes []record.Worker, main int, holding []int) []int {
	parents := map[int]bool{}
	for _, p := range processes {
		parents[p.PPID] = true
	}
	chain := []int{main}
	name := ""
	if i := slices.IndexFunc(processes, func(p record.Worker) bool { return p.PID == main }); i >= 0 {
		name = processes[i].Comm
	}
	for {
		var next []record.Worker
		for _, p := range processes {
			if p.PPID == chain[len(chain)-1] && parents[p.PID] && !slices.Contains(chain, p.PID) {
				next = append(next, p)
			}
		}
		if len(next) != 1 || next[0].Comm == name || slices.Contains(holding, next[0].PID) {
			return chain
		}
		chain, name = append(chain, next[0].PID), next[0].Comm
	}
}
