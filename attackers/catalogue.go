package attackers

import (
	"slices"
	"time"

	"stalemate/reports/record"
)

// StageInfo describes a stage for those who plan cells and for `stalemate list`.
type StageInfo struct {
	Name         string
	NeedsTLS     bool          // makes sense only where the listener speaks TLS
	NeedsHTTP    bool          // makes sense only where the listener speaks HTTP, plain or over TLS
	BeforeAuth   bool          // a stranger can reach it: nothing was authenticated yet
	Modes        []record.Mode // those that exist
	Rule         string        // the requirement, RFC section or directive that it leans on
	Sends        string        // what has gone out when it is parked
	WaitsFor     string        // what must have come in before it counts as parked
	Trickles     string        // what trickle mode sends, or why it does not exist
	TrickleBytes int           // how many steps of trickle there are at least before the stage would complete; 0: none
}

// TrickleLasts is how long trickle mode can go on before the stage would
// complete, with that time between two bytes. Zero where the mode does not exist.
func (s StageInfo) TrickleLasts(interval time.Duration) time.Duration {
	return time.Duration(s.TrickleBytes) * interval
}

// HasMode says whether the stage exists in this mode.
func (s StageInfo) HasMode(mode record.Mode) bool { return slices.Contains(s.Modes, mode) }

// stage is a description together with the way there. The reach function sends
// and waits until the connection stands at the stage; it may call client.park
// itself where the TLS stack has to keep reading afterwards.
type stage struct {
	StageInfo
	receiveBuffer func(record.Mode) int // SO_RCVBUF before connecting; nil leaves the kernel's
	unread        bool                  // what comes is left in the kernel; see watch_unread.go
	bare          bool                  // nothing goes before it, a preface included
	reach         func(*client) error
}

var (
	silentOnly = []record.Mode{record.Silent}
	bothModes  = []record.Mode{record.Silent, record.Trickle}
)

// catalogue lists all stages in the order in which a connection passes them.
func catalogue() []stage {
	return []stage{
		tcpConnected(),
		tlsRecordHeader(),
		tlsClientHello(),
		tlsClientHelloEnd(),
		tlsServerHello(),
		tlsSSLv2Hello(),
		tlsClientCertificate(),
		tlsFinished(),
		tlsEstablished(),
		httpRequestLine(),
		httpHeaders(),
		httpExpect100(),
		httpBody(),
		httpChunk(),
		httpResponse(),
		httpKeepAlive(),
		h2Preface(),
		h2Settings(),
		h2Headers(),
		h2Body(),
		h2Idle(),
		conversation(),
	}
}

// Stages is the catalogue, in the order in which a connection passes them.
func Stages() []StageInfo {
	all := catalogue()
	infos := make([]StageInfo, len(all))
	for i, s := range all {
		infos[i] = s.StageInfo
	}
	return infos
}

// Stage finds a stage by its name.
func Stage(name string) (StageInfo, bool) {
	for _, s := range Stages() {
		if s.Name == name {
			return s, true
		}
	}
	return StageInfo{}, false
}

// ModeExists says whether the stage exists in this mode. A name that is not in
// the catalogue is a conversation that a target file named.
func ModeExists(name string, mode record.Mode) bool {
	info, known := Stage(name)
	if !known {
		info = conversation().StageInfo
	}
	return info.HasMode(mode)
}
