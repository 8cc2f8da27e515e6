package inspect

import (
	"fmt"
	"os"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// workers reports all threads of the target and the system calls that they wait in.
func (s *server) workers(main int) {
	list, err := s.listWorkers(main)
	if err != nil {
		s.fail(record.Event{}, fmt.Errorf("list the workers of process %d: %w", main, err))
		return
	}
	s.emit(record.Event{Kind: record.Observed, Workers: list})
}

func (s *server) listWorkers(main int) ([]record.Worker, error) {
	stats, err := s.family(main)
	if err != nil {
		return nil, err
	}
	established, err := s.diag.Established()
	if err != nil {
		return nil, err
	}
	byInode := make(map[uint64]string)
	for id, w := range s.holds {
		if w.inode != 0 {
			byInode[w.inode] = id
		}
	}
	var all []record.Worker
	for _, st := range stats {
		sockets := make(map[int]uint64)
		count := 0
		// Hidden descriptors count as none. The system call is hidden then too, so an empty Syscall shows this.
		_ = proc.Sockets(s.root, st.PID, func(fd int, inode uint64) {
			sockets[fd] = inode
			if established[inode] {
				count++
			}
		})
		tids, err := proc.Threads(s.root, st.PID)
		if err != nil {
			continue // the process has ended
		}
		for _, tid := range tids {
			t, err := proc.ReadStat(s.root, st.PID, tid)
			if err != nil {
				continue
			}
			w := record.Worker{PID: st.PID, TID: tid, PPID: t.PPID, Comm: t.Comm, State: t.State, Wchan: proc.Wchan(s.root, st.PID, tid)}
			if call, err := proc.ReadSyscall(s.root, st.PID, tid); err == nil {
				w.Syscall = call.Name()
				if fd, ok := call.FD(); ok {
					w.FD = fd
				}
				for fd, inode := range sockets {
					if id, watched := byInode[inode]; watched && proc.WaitsOn(st.PID, call, fd) {
						w.FD, w.Hold = fd, id
					}
				}
			}
			if tid == st.PID {
				w.Established = count
			}
			all = append(all, w)
		}
	}
	return all, nil
}

// family lists process main and its descendants. 0: all processes but the inspector and its parent.
func (s *server) family(main int) ([]proc.Stat, error) {
	pids, err := proc.PIDs(s.root)
	if err != nil {
		return nil, err
	}
	parent := make(map[int]int)
	var stats []proc.Stat
	for _, pid := range pids {
		st, err := proc.ReadStat(s.root, pid, pid)
		if err != nil {
			continue // the process has ended
		}
		parent[pid] = st.PPID
		stats = append(stats, st)
	}
	if _, ok := parent[main]; main != 0 && !ok {
		return nil, fmt.Errorf("process %d: %w", main, errNoProcess)
	}
	var chosen []proc.Stat
	for _, st := range stats {
		if main == 0 {
			if st.PID != os.Getpid() && st.PID != os.Getppid() {
				chosen = append(chosen, st)
			}
			continue
		}
		for at, steps := st.PID, 0; at != 0 && steps <= len(stats); at, steps = parent[at], steps+1 {
			if at == main {
				chosen = append(chosen, st)
				break
			}
		}
	}
	return chosen, nil
}
