package attackers

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestBadInput: wrong input is an error before a connection opens.
func TestBadInput(t *testing.T) {
	t.Parallel()
	good := oneHold("127.0.0.1:1", "tcp.connected", record.Silent, noChange)
	with := func(change func(*wire.Hold)) string {
		p := good
		p.Holds = []wire.Hold{good.Holds[0]}
		change(&p.Holds[0])
		b, _ := json.Marshal(p)
		return string(b)
	}
	twice := good
	twice.Holds = append(twice.Holds, good.Holds[0])
	twiceJSON, _ := json.Marshal(twice)
	cases := map[string]struct{ in, says string }{
		"nothing":        {"", "read the plan"},
		"not JSON":       {"holds", "read the plan"},
		"unknown field":  {`{"hold":[]}`, "unknown field"},
		"no id":          {with(func(h *wire.Hold) { h.ID = "" }), "no id"},
		"no port":        {with(func(h *wire.Hold) { h.Address = "localhost" }), "host:port"},
		"unknown stage":  {with(func(h *wire.Hold) { h.Stage = "tls.nothing" }), "unknown stage"},
		"no such mode":   {with(func(h *wire.Hold) { h.Mode = record.Trickle }), "no mode"},
		"no watch":       {with(func(h *wire.Hold) { h.Watch = 0 }), "watch"},
		"negative":       {with(func(h *wire.Hold) { h.Phase = -1 }), "negative"},
		"TLS version":    {with(func(h *wire.Hold) { h.TLS = &wire.TLS{Version: "1.1"} }), "1.1"},
		"certificate":    {with(func(h *wire.Hold) { h.TLS = &wire.TLS{ClientCert: []byte("x")} }), "client certificate"},
		"id twice":       {string(twiceJSON), "taken"},
		"bad command":    {`{"run":"r","target":"t","pod":"p","holds":[]}` + "\n{}", "neither"},
		"stray release":  {`{"run":"r","target":"t","pod":"p","holds":[]}` + "\n" + `{"release":"x"}`, "no such hold"},
		"broken command": {`{"run":"r","target":"t","pod":"p","holds":[]}` + "\n" + `{"rel`, "read a command"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := Attack(context.Background(), strings.NewReader(tc.in), &out)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(tc.says)))
		})
	}
	NewWithT(t).Expect(filesFit(1000, 1000)).To(MatchError(ContainSubstring("1032 file descriptors")))
	NewWithT(t).Expect(filesFit(968, 1000)).To(Succeed())
}
