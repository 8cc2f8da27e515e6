package stages

import (
	"slices"
	"strings"
	"time"

	"stalemate/reports/record"
)

// Stage describes one point of a protocol at which a connection can be parked.
type Stage struct {
	Name  string
	Rule  string        // the section of the RFC that makes the server wait here
	Modes []record.Mode // silent, and trickle where it exists

	Sends    string // what the client has sent when it is parked
	WaitsFor string // what the client must have received before it counts as parked
	Trickles string // what trickle mode sends, or why it does not exist

	// TrickleBytes is how many steps trickle mode has at least: one more could
	// complete the stage. 0 where the mode does not exist.
	TrickleBytes int

	BeforeAuth bool     // a stranger can get here: the server has authenticated nothing yet
	Protocols  []string // what a listener must speak to have it
	Presence   Presence // which of those listeners have it
	Needs      Path     // the path without which the stage is left out by default
}

// Presence says which listeners have a stage, of those whose protocol allows it.
type Presence string

const (
	// ByDefault is a stage that each of them has, unless the file lists others.
	ByDefault Presence = "by default"
	// WhereListed is a stage that a listener has only if the file lists it under `stages`.
	WhereListed Presence = "if listed"
	// WhereDescribed is a stage that the file describes, step by step, under `conversations`.
	WhereDescribed Presence = "where described"
)

// Path is a key of `request` in a target file. Its value is the path that a stage asks for.
type Path string

const (
	// AnyPath is request.path, which every target has.
	AnyPath Path = ""
	// BodyPath is request.body: a path where the server reads the body of a request.
	BodyPath Path = "body"
	// LargePath is request.large: a path with a response too large for the sockets' buffers.
	LargePath Path = "large"
)

// All lists the stages in the order in which a connection passes them. The caller may change the result.
func All() []Stage {
	return slices.Concat(tcpStages(), tlsStages(), httpStages(), h2Stages(), conversationStages())
}

// Named finds a stage by its name.
func Named(name string) (Stage, bool) {
	for _, s := range All() {
		if s.Name == name {
			return s, true
		}
	}
	return Stage{}, false
}

// For lists the stages that a listener of this protocol can have, in the order of All.
func For(protocol string) []Stage {
	return slices.DeleteFunc(All(), func(s Stage) bool { return !slices.Contains(s.Protocols, protocol) })
}

// HasMode says whether the stage exists in this mode.
func (s Stage) HasMode(mode record.Mode) bool { return slices.Contains(s.Modes, mode) }

// NeedsTLS says whether the stage exists only on connections with TLS.
func (s Stage) NeedsTLS() bool {
	return !slices.Contains(s.Protocols, TCP) && !slices.Contains(s.Protocols, HTTP)
}

// NeedsHTTP says whether the stage exists only on connections with HTTP, with TLS or without.
func (s Stage) NeedsHTTP() bool {
	return !slices.Contains(s.Protocols, TCP) && !slices.Contains(s.Protocols, TLS)
}

// TrickleLasts is how long trickle mode lasts at least, with that time between two bytes.
// 0 where the mode does not exist.
func (s Stage) TrickleLasts(interval time.Duration) time.Duration {
	return time.Duration(s.TrickleBytes) * interval
}

// HearsText says whether a client at this stage hears what the server says. It does not where it reads nothing, and where HTTP/2
// is spoken.
func (s Stage) HearsText(unread bool) bool {
	return !unread && s.Name != HTTPResponse && !strings.HasPrefix(s.Name, "h2.")
}

// silentOnly is for stages that the next byte would complete, whatever it is.
func silentOnly() []record.Mode { return []record.Mode{record.Silent} }

func silentAndTrickle() []record.Mode { return []record.Mode{record.Silent, record.Trickle} }
