package timeouts

import (
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"stalemate/reports/record"
	"stalemate/suites/verdict"
)

// filling is what is known of connections that were opened at the same time.
type filling struct {
	mu    sync.Mutex
	state map[string]record.HoldState // what the attacker tells

	verdict.Fill
	talks   map[string]bool  // connections at whose stage the server has answered: they are served there
	last    map[string]bool  // those that were served at the last look
	served  map[string]bool  // those that ever were
	waits   map[string]int64 // since when others were seen to wait for the server at their stage
	waited  bool             // one of them has waited for fillWaits
	parked  int              // how many have reached their stage
	looked  int64            // when stalemate looked last
	starved float64          // seconds for which the server got no processor, up to then
	quiet   time.Duration    // for how long the server has served no more than before
	full    time.Duration    // of that, how long connections waited: it could not serve more
}

func newFilling(n int, talks map[string]bool) *filling {
	return &filling{state: map[string]record.HoldState{}, Fill: verdict.Fill{Opened: n}, talks: talks, served: map[string]bool{},
		waits: map[string]int64{}, looked: record.Now()}
}

func (f *filling) hear(e record.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.state[e.Hold]
	if s.Hear(e) == nil {
		f.state[e.Hold] = s
	}
}

// known is what the attacker has told so far.
func (f *filling) known() map[string]record.HoldState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.state)
}

// count takes in one look at the ports. A list of sockets is not of one moment, and bytes may still be under way: a connection
// counts as served if two looks in a row show it.
func (f *filling) count(known map[string]record.HoldState, ports []record.Port) {
	now, sure, refused, parked, closed, first := map[string]bool{}, 0, 0, 0, 0, 0
	for id, s := range known {
		end, _ := s.Ended()
		over := end != 0 || s.Failed != "" || s.NotApplicable != ""
		arrived := s.Parked != 0 || f.talks[id] && s.Connected != 0
		if arrived {
			parked++
		}
		switch {
		case over && !f.served[id]:
			refused++
		case over:
			closed++
		case s.Parked != 0 && (f.talks[id] || servedAt(ports, s)):
			now[id] = true
			if f.last[id] {
				sure++
				if !f.served[id] {
					f.served[id] = true
					first++
				}
			}
		case arrived:
			f.wait(id)
		}
		if over || now[id] {
			delete(f.waits, id)
		}
	}
	f.Recycled = f.Recycled || closed > 0 && first > 0
	f.rest(ports, sure > f.Served || refused > f.Refused || parked > f.parked)
	f.last, f.Served, f.Refused, f.parked = now, max(f.Served, sure), max(f.Refused, refused), max(f.parked, parked)
}

// rest counts the time in which the server could have served more and did not. A look that comes late says that this machine is
// busy, and a process that is ready to run has something to do.
func (f *filling) rest(ports []record.Port, changed bool) {
	now, lacked := record.Now(), starved(ports)
	f.Busy = f.Busy || time.Duration(now-f.looked) > fillLate || lacked-f.starved > fillLate.Seconds()
	switch {
	case changed:
		f.quiet, f.full = 0, 0
	case !slices.ContainsFunc(ports, func(p record.Port) bool { return p.Ready }):
		idle := max(0, min(time.Duration(now-f.looked), 2*fillLook)-time.Duration((lacked-f.starved)*float64(time.Second)))
		f.quiet += idle
		if len(f.waits) > 0 {
			f.full += idle
		}
	}
	f.looked, f.starved = now, lacked
}

// settled says whether the server serves no more than before for that time. If connections wait, it could have served them.
func (f *filling) settled(within time.Duration) bool {
	return f.waited && f.quiet > within && (f.full > within || len(f.waits) == 0)
}

// wait notes that a connection waits for the server.
func (f *filling) wait(id string) {
	if f.waits[id] == 0 {
		f.waits[id] = record.Now()
	}
	f.waited = f.waited || record.Now()-f.waits[id] > int64(fillWaits)
}

// servedAt says whether a process of the server owns the connection and has read what came.
func servedAt(all []record.Port, s record.HoldState) bool {
	client, server := portOf(s.Local), portOf(s.Peer)
	return slices.ContainsFunc(all, func(p record.Port) bool { return p.Port == server && slices.Contains(p.Served, client) })
}

// portOf is the port of an address; 0 for none.
func portOf(address string) int {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return port
}
