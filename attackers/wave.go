package attackers

import (
	"encoding/hex"
	"fmt"
	"time"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// SilentWave plans n connections to one address that send nothing. They start spacing apart,
// and each is watched for watch. The caller sets Run, Target, Pod and Cell.
func SilentWave(address string, n int, spacing, watch time.Duration) wire.Plan {
	var plan wire.Plan
	for i := range n {
		plan.Holds = append(plan.Holds, wire.Hold{ID: fmt.Sprintf("silent#%d", i), Address: address, Stage: stages.TCPConnected,
			Mode: record.Silent, StartAfter: time.Duration(i) * spacing, Watch: watch, Settle: time.Nanosecond})
	}
	return plan
}

// SlapperWave plans the connections of the Slapper worm, without its exploit:
//
//	1 to plain     GET without Host, to read the Server header
//	n to secure    silence, so that the next ones meet fresh children
//	2 to secure    half an SSL 2.0 CLIENT-HELLO
//	2 to secure    a whole SSL 2.0 CLIENT-HELLO
//
// They start spacing apart, and each is watched for watch. The worm used about 20 silent
// connections, 100 ms apart. A server is harmed by peers that stay, or vanish without a
// FIN: that is up to the caller, who also sets Run, Target, Pod and Cell.
func SlapperWave(plain, secure string, n int, spacing, watch time.Duration) wire.Plan {
	var plan wire.Plan
	add := func(kind, address, stage string, steps []wire.Step) {
		i := len(plan.Holds)
		plan.Holds = append(plan.Holds, wire.Hold{
			ID:           fmt.Sprintf("slapper/%s#%d", kind, i),
			Address:      address,
			Stage:        stage,
			Mode:         record.Silent,
			TLS:          &wire.TLS{},
			Conversation: steps,
			StartAfter:   time.Duration(i) * spacing,
			Watch:        watch,
			Settle:       time.Nanosecond, // an answer at once is part of the pattern, and no refusal
		})
	}
	// HTTP/1.1 without Host is invalid (RFC 9112 section 3.2): the answer is short and names the server.
	add("probe", plain, stages.Conversation, []wire.Step{{Send: "GET / HTTP/1.1\r\n\r\n"}, {Expect: `HTTP/1\.[01] \d+`}})
	plan.Holds[0].TLS = nil
	for range n {
		add("silent", secure, stages.TCPConnected, nil)
	}
	for range 2 {
		add("sslv2-part", secure, stages.TLSSSLv2Hello, nil)
	}
	for range 2 {
		add("sslv2-whole", secure, stages.Conversation, []wire.Step{{Hex: hex.EncodeToString(sslv2Hello())}})
		plan.Holds[len(plan.Holds)-1].TLS = nil // the hello is the conversation
	}
	return plan
}
