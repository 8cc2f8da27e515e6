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
)

func probe(t *testing.T, req ProbeRequest) []ProbeResult {
	t.Helper()
	in, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Probe(context.Background(), bytes.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	var results []ProbeResult
	for line := range strings.Lines(out.String()) {
		var r ProbeResult
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}

func TestProbe(t *testing.T) {
	t.Parallel()
	plain, _ := webServer(t, 0, tls.NoClientCert)
	secure, _ := webServer(t, tls.VersionTLS13, tls.NoClientCert)
	mute := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	closes := listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
	resets := listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); _ = c.(*net.TCPConn).SetLinger(0) })
	cases := map[string]struct {
		req     ProbeRequest
		ok      bool
		reached string
		class   string
	}{
		"http":          {ProbeRequest{Address: plain, Expect: 200, ExpectBody: "^hel"}, true, "http", ""},
		"https":         {ProbeRequest{Address: secure, Proto: "https"}, true, "http", ""},
		"post":          {ProbeRequest{Address: plain, Method: "POST", Body: "x=1", Expect: 200}, true, "http", ""},
		"tls":           {ProbeRequest{Address: secure, Proto: "tls"}, true, "tls", ""},
		"tcp":           {ProbeRequest{Address: mute, Proto: "tcp"}, true, "dial", ""},
		"other status":  {ProbeRequest{Address: plain, Request: Request{Path: "/deny"}, Expect: 200}, false, "http", "http"},
		"other body":    {ProbeRequest{Address: plain, ExpectBody: "bye"}, false, "http", "http"},
		"no TLS":        {ProbeRequest{Address: plain, Proto: "tls"}, false, "dial", "tls"},
		"wrong version": {ProbeRequest{Address: secure, Proto: "tls", TLS: &TLS{Version: "1.2"}}, false, "dial", "tls"},
		"timeout":       {ProbeRequest{Address: mute, Timeout: 100 * time.Millisecond}, false, "dial", "timeout"},
		"tls timeout":   {ProbeRequest{Address: mute, Proto: "tls", Timeout: 100 * time.Millisecond}, false, "dial", "timeout"},
		"eof":           {ProbeRequest{Address: closes}, false, "dial", "eof"},
		"reset":         {ProbeRequest{Address: resets}, false, "dial", "reset"},
		"conversation":  {ProbeRequest{Address: plain, Conversation: []Step{{Send: "GET / HTTP/1.0\r\n\r\n"}, {Expect: "200 OK"}}}, true, "conversation", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			res := probe(t, tc.req)
			g.Expect(res).To(HaveLen(1))
			g.Expect(res[0].OK).To(Equal(tc.ok), res[0].Error)
			g.Expect(res[0].Reached).To(Equal(tc.reached))
			g.Expect(res[0].ErrorClass).To(Equal(tc.class), res[0].Error)
			g.Expect(res[0].EndT).To(BeNumerically(">", res[0].T))
			if !tc.ok {
				g.Expect(res[0].Error).To(ContainSubstring(tc.req.Address))
			}
		})
	}
}

// TestProbeWithin becomes ready while it waits, as a server does that starts.
func TestProbeWithin(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	address := l.Addr().String()
	g.Expect(l.Close()).To(Succeed())
	refused := probe(t, ProbeRequest{Address: address, Proto: "tcp"})
	g.Expect(refused[0].ErrorClass).To(Equal("refused"))
	g.Expect(refused[0].Attempts).To(Equal(1))

	timer := time.AfterFunc(150*time.Millisecond, func() {
		if l, err := net.Listen("tcp", address); err == nil {
			t.Cleanup(func() { _ = l.Close() })
		}
	})
	defer timer.Stop()
	res := probe(t, ProbeRequest{Address: address, Proto: "tcp", Within: 3 * time.Second, Interval: 20 * time.Millisecond})
	g.Expect(res).To(HaveLen(1))
	g.Expect(res[0].OK).To(BeTrue(), res[0].Error)
	g.Expect(res[0].Attempts).To(BeNumerically(">", 2))

	started := time.Now()
	never := probe(t, ProbeRequest{Address: "127.0.0.1:1", Proto: "tcp", Within: 200 * time.Millisecond, Interval: 20 * time.Millisecond})
	g.Expect(never[0].OK).To(BeFalse())
	g.Expect(time.Since(started)).To(BeNumerically("<", time.Second))
}

func TestProbeSeries(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, _ := webServer(t, 0, tls.NoClientCert)
	res := probe(t, ProbeRequest{Address: address, RepeatFor: 210 * time.Millisecond, Interval: 50 * time.Millisecond})
	g.Expect(len(res)).To(BeNumerically("~", 5, 1))
	for i, r := range res {
		g.Expect(r.OK).To(BeTrue(), r.Error)
		g.Expect(r.Attempts).To(Equal(i + 1))
	}
}
