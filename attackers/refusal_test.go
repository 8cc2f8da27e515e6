package attackers

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// TestNotApplicable finds out what the target cannot have, without being told.
func TestNotApplicable(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		stage   string
		request Request
		version uint16
		says    string
	}{
		"keep-alive off":        {"http.keep-alive", Request{Path: "/close"}, 0, "keep-alive is off"},
		"401 before the body":   {"http.body", Request{Body: "/deny"}, 0, "401"},
		"401 over TLS 1.3":      {"http.body", Request{Body: "/deny"}, tls.VersionTLS13, "401"},
		"401 instead of a 100":  {"http.expect-100", Request{Body: "/deny"}, tls.VersionTLS12, "401"},
		"small response":        {"http.response", Request{Large: "/small"}, 0, "5 bytes"},
		"denied response":       {"http.response", Request{Large: "/deny"}, 0, "401"},
		"no certificate asked":  {"tls.client-certificate", Request{}, tls.VersionTLS12, "does not ask"},
		"no certificate in 1.3": {"tls.client-certificate", Request{}, tls.VersionTLS13, "does not ask"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := webServer(t, tc.version, tls.NoClientCert)
			s := attackWith(t, oneHold(address, tc.stage, record.Silent, func(h *Hold) {
				h.Request = tc.request
				if tc.version != 0 {
					h.TLS = &TLS{}
				}
			}))
			e := s.await("h", record.HoldNotApplicable)
			NewWithT(t).Expect(e.Note).To(ContainSubstring(tc.says))
		})
	}
}

// TestNotReached reports what stood in the way, with stage, step and address.
func TestNotReached(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := free.Addr().String()
	_ = free.Close()
	closes := func(net.Conn) {}
	readsAndCloses := func(c net.Conn) { _, _ = c.Read(make([]byte, 16<<10)) }
	banner := func(c net.Conn) {
		_, _ = io.WriteString(c, "220 not TLS, by far\r\n")
		_, _ = io.Copy(io.Discard, c)
	}
	broken := func(c net.Conn) {
		_, _ = c.Read(make([]byte, 16<<10))
		_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	}
	mute := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	cases := map[string]struct {
		stage string
		serve func(net.Conn)
		says  []string
	}{
		"refused":        {"tcp.connected", nil, []string{"tcp.connected: dial", "refused"}},
		"closes at once": {"tcp.connected", closes, []string{"fin", "a refusal and no limit"}},
		"closes early":   {"tls.established", readsAndCloses, []string{"tls.established: TLS handshake", "the stage was reached"}},
		"no TLS":         {"tls.server-hello", banner, []string{"does not speak TLS"}},
		"error, closing": {"http.keep-alive", broken, []string{"answered 503"}},
		"error, small":   {"http.response", broken, []string{"answered 503 for the large response"}},
		"no answer":      {"http.keep-alive", mute, []string{"read the response", "timeout"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			address := refused
			if tc.serve != nil {
				address = listen(t, tc.serve)
			}
			s := attackWith(t, oneHold(address, tc.stage, record.Silent, func(h *Hold) { h.ReachWithin = 300 * time.Millisecond }))
			e := s.await("h", record.HoldFailed)
			g.Expect(e.Note).To(ContainSubstring(address))
			for _, part := range tc.says {
				g.Expect(e.Note).To(ContainSubstring(part))
			}
			g.Expect(s.first("h", record.HoldParked)).To(BeNil())
		})
	}
}

// TestBadInput never opens anything.
func TestBadInput(t *testing.T) {
	t.Parallel()
	good := oneHold("127.0.0.1:1", "tcp.connected", record.Silent, noChange)
	with := func(change func(*Hold)) string {
		p := good
		p.Holds = []Hold{good.Holds[0]}
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
		"no id":          {with(func(h *Hold) { h.ID = "" }), "no id"},
		"no port":        {with(func(h *Hold) { h.Address = "localhost" }), "host:port"},
		"unknown stage":  {with(func(h *Hold) { h.Stage = "tls.nothing" }), "unknown stage"},
		"no such mode":   {with(func(h *Hold) { h.Mode = record.Trickle }), "no mode"},
		"no watch":       {with(func(h *Hold) { h.Watch = 0 }), "watch"},
		"negative":       {with(func(h *Hold) { h.Phase = -1 }), "negative"},
		"TLS version":    {with(func(h *Hold) { h.TLS = &TLS{Version: "1.1"} }), "1.1"},
		"certificate":    {with(func(h *Hold) { h.TLS = &TLS{ClientCert: []byte("x")} }), "client certificate"},
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
