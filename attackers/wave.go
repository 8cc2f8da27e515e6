package attackers

import (
	"encoding/hex"
	"fmt"
	"time"

	"stalemate/reports/record"
)

// SilentWave plans n connections to one address that say nothing. They begin spacing apart,
// and each is looked at for watch. The caller sets Run, Target, Pod and Cell.
func SilentWave(address string, n int, spacing, watch time.Duration) Plan {
	var plan Plan
	for i := range n {
		plan.Holds = append(plan.Holds, Hold{ID: fmt.Sprintf("silent#%d", i), Address: address, Stage: tcpConnected().Name,
			Mode: record.Silent, StartAfter: time.Duration(i) * spacing, Watch: watch, Settle: time.Nanosecond})
	}
	return plan
}

// SlapperWave plans the connections of the Slapper worm, without its exploit: an
// invalid request to read the Server header, n connections to the TLS port that
// stay silent so that the next ones meet fresh children, then SSL 2.0 hellos,
// two in parts and two whole. Connections begin spacing apart. The harm comes
// from peers that stay or vanish without a FIN, which is up to the caller.
//
// The worm used some 20 connections 100 ms apart. The caller sets Run, Target,
// Pod and Cell; watch is how long each connection is looked at.
func SlapperWave(plain, secure string, n int, spacing, watch time.Duration) Plan {
	var plan Plan
	add := func(kind, address, stage string, steps []Step) {
		i := len(plan.Holds)
		plan.Holds = append(plan.Holds, Hold{
			ID:           fmt.Sprintf("slapper/%s#%d", kind, i),
			Address:      address,
			Stage:        stage,
			Mode:         record.Silent,
			TLS:          &TLS{},
			Conversation: steps,
			StartAfter:   time.Duration(i) * spacing,
			Watch:        watch,
			Settle:       time.Nanosecond, // an answer at once is part of the pattern
		})
	}
	// HTTP/1.1 without Host is invalid (RFC 9112 section 3.2): the answer is short and names the server.
	add("probe", plain, "conversation", []Step{{Send: "GET / HTTP/1.1\r\n\r\n"}, {Expect: `HTTP/1\.[01] \d+`}})
	plan.Holds[0].TLS = nil
	for range n {
		add("silent", secure, tcpConnected().Name, nil)
	}
	for range 2 {
		add("sslv2-part", secure, tlsSSLv2Hello().Name, nil)
	}
	for range 2 {
		add("sslv2-whole", secure, "conversation", []Step{{Hex: hex.EncodeToString(sslv2Hello())}})
		plan.Holds[len(plan.Holds)-1].TLS = nil // the hello is the conversation
	}
	return plan
}
