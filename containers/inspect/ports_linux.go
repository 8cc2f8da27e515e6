package inspect

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"stalemate/containers/proc"
	"stalemate/reports/record"
)

// ports reports the sockets of ports of the target, and the processes that listen there.
func (s *server) ports(numbers []int) {
	all, err := s.listPorts(numbers)
	if err != nil {
		s.fail(record.Event{}, fmt.Errorf("list the sockets of ports %v: %w", numbers, err))
		return
	}
	s.emit(record.Event{Kind: record.Observed, Ports: all})
}

func (s *server) listPorts(numbers []int) ([]record.Port, error) {
	byNumber := map[int]*record.Port{}
	listening := map[uint64]int{}
	for _, n := range numbers {
		byNumber[n] = &record.Port{Port: n}
	}
	err := s.diag.Dump(1<<uint(Established)|1<<uint(CloseWait)|1<<uint(Listen), 0, func(sock Socket) {
		p := byNumber[int(sock.LocalPort)]
		switch {
		case p == nil:
		case sock.State == Listen:
			listening[sock.Inode] = p.Port
		case sock.State == CloseWait:
			p.Left++
		case sock.Inode != 0 && sock.RQueue == 0:
			p.Served = append(p.Served, int(sock.RemotePort))
		}
	})
	if err != nil {
		return nil, err
	}
	wanted := map[uint64]bool{}
	for inode := range listening {
		wanted[inode] = true
	}
	owners, err := proc.Owners(s.root, wanted)
	if err != nil && !errors.Is(err, proc.ErrHidden) {
		return nil, err
	}
	delays := map[thread]time.Duration{}
	for inode, found := range owners {
		p := byNumber[listening[inode]]
		for _, o := range found {
			st, err := proc.ReadStat(s.root, o.PID, o.PID)
			if err != nil {
				continue // it has ended
			}
			p.Processes = append(p.Processes, record.PortProcess{PID: o.PID, Comm: st.Comm, Begun: proc.Begun(st.StartTime)})
			p.Ready = p.Ready || st.State == "R"
			addDelays(s.root, o.PID, delays)
		}
	}
	var all []record.Port
	for _, n := range numbers {
		p := byNumber[n]
		slices.SortFunc(p.Processes, func(a, b record.PortProcess) int { return a.PID - b.PID })
		p.Processes = slices.Compact(p.Processes)
		p.Starved = s.starvedAt(p, delays)
		all = append(all, *p)
	}
	s.portDelays = delays
	return all, nil
}

// starvedAt adds the longest wait of one thread since the last look. The threads of a server mostly wait for each other: their sum
// would explain far too much.
func (s *server) starvedAt(p *record.Port, delays map[thread]time.Duration) float64 {
	longest := time.Duration(0)
	for id, waited := range delays {
		before, known := s.portDelays[id]
		if known && slices.ContainsFunc(p.Processes, func(one record.PortProcess) bool { return one.PID == id.pid }) {
			longest = max(longest, waited-before)
		}
	}
	if s.portStarved == nil {
		s.portStarved = map[int]time.Duration{}
	}
	s.portStarved[p.Port] += longest
	return s.portStarved[p.Port].Seconds()
}
