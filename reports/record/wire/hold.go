// Package wire is what stalemate asks of the program in a pod, as JSON: connections to park, and probes. The answers to
// a Plan are events of package record, those to a ProbeRequest are ProbeResults.
package wire

import (
	"time"

	"stalemate/reports/record"
)

// Plan is what one attacker does to one pod. It travels as JSON.
type Plan struct {
	Run    string `json:"run"`
	Target string `json:"target"`
	Pod    string `json:"pod"`
	Holds  []Hold `json:"holds"`
}

// Hold is one connection to be parked at a stage in a mode.
type Hold struct {
	ID           string        `json:"id"`   // unique in the run: the cell's address and "#1"
	Cell         string        `json:"cell"` // edge/tls/tls.client-hello/trickle
	Address      string        `json:"address"`
	Stage        string        `json:"stage"`
	Mode         record.Mode   `json:"mode"`
	TLS          *TLS          `json:"tls,omitempty"` // nil: plain TCP
	Request      Request       `json:"request"`
	Preface      []Step        `json:"preface,omitempty"`      // before every stage but tcp.connected: PROXY protocol, STARTTLS
	Conversation []Step        `json:"conversation,omitempty"` // the stage is "conversation" (or a name the file gives it)
	StartAfter   time.Duration `json:"start_after,omitempty"`  // from the start of the plan
	Interval     time.Duration `json:"interval,omitempty"`     // trickle: between bytes, never whole seconds
	Phase        time.Duration `json:"phase,omitempty"`        // trickle: before the first byte
	TrickleFor   time.Duration `json:"trickle_for,omitempty"`  // then silent (shows that a limit is idle); 0: to the end
	Trickles     *Trickles     `json:"trickles,omitempty"`     // what a conversation trickles; nil: the letter a
	Unread       bool          `json:"unread,omitempty"`       // after a conversation the client reads nothing more
	ReleasedBy   string        `json:"released_by,omitempty"`  // a regular expression: the hold is released when the server says this
	Watch        time.Duration `json:"watch"`                  // from the moment it is parked: the cap
	ReachWithin  time.Duration `json:"reach_within,omitempty"` // for connect and stage together; 0 means 10 s
	Settle       time.Duration `json:"settle,omitempty"`       // a release sooner than this is no release but a refusal of the stage; 0 means 200 ms

	// RefusedWithin is how soon an answer comes that refuses a request because of its head. The hold then lasts until the server
	// closes the connection. 0 means as long as it settles.
	RefusedWithin time.Duration `json:"refused_within,omitempty"`
}

// TLS says how to speak it.
type TLS struct {
	ServerName string   `json:"server_name,omitempty"`
	Version    string   `json:"version,omitempty"` // "1.0", "1.2", "1.3"; "" means the newest both speak
	ALPN       []string `json:"alpn,omitempty"`
	ClientCert []byte   `json:"client_cert,omitempty"` // PEM, certificate and key
}

// Request is what the HTTP stages ask for.
type Request struct {
	Host    string            `json:"host"`
	Path    string            `json:"path"`
	Body    string            `json:"body,omitempty"`  // a path that reads a body
	Large   string            `json:"large,omitempty"` // a path whose response is too large for the socket buffers
	Headers map[string]string `json:"headers,omitempty"`
}

// Trickles is what mode trickle of a conversation sends, one byte at a time.
type Trickles struct {
	Bytes []byte `json:"bytes"` // over and over
	Count int    `json:"count"` // bytes in all: one more could complete what the server waits for
}

// Step is one move of a conversation: exactly one of its fields.
type Step struct {
	Expect    string `json:"expect,omitempty"`     // a regular expression on what has come so far; its named groups become variables
	ExpectHex string `json:"expect_hex,omitempty"` // bytes that must have come, in hexadecimal; ?? is any byte
	Send      string `json:"send,omitempty"`       // ${hold}, ${random} and named groups are replaced
	Hex       string `json:"hex,omitempty"`        // bytes to send that no string can carry, in hexadecimal
	TLS       string `json:"tls,omitempty"`        // "upgrade": a whole handshake
	Proxy     string `json:"proxy,omitempty"`      // "v1" or "v2": the PROXY protocol's header with the connection's own addresses
}
