package attackers

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

func runProbe(t *testing.T, req wire.ProbeRequest) []wire.ProbeResult {
	t.Helper()
	in, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Probe(context.Background(), bytes.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	var results []wire.ProbeResult
	for line := range strings.Lines(out.String()) {
		var r wire.ProbeResult
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
		req     wire.ProbeRequest
		ok      bool
		reached string
		class   string
	}{
		"http":          {wire.ProbeRequest{Address: plain, Expect: 200, ExpectBody: "^hel"}, true, "http", ""},
		"https":         {wire.ProbeRequest{Address: secure, Proto: "https"}, true, "http", ""},
		"post":          {wire.ProbeRequest{Address: plain, Method: "POST", Body: "x=1", Expect: 200}, true, "http", ""},
		"tls":           {wire.ProbeRequest{Address: secure, Proto: "tls"}, true, "tls", ""},
		"tcp":           {wire.ProbeRequest{Address: mute, Proto: "tcp"}, true, "dial", ""},
		"other status":  {wire.ProbeRequest{Address: plain, Request: wire.Request{Path: "/deny"}, Expect: 200}, false, "http", "http"},
		"other body":    {wire.ProbeRequest{Address: plain, ExpectBody: "bye"}, false, "http", "http"},
		"no TLS":        {wire.ProbeRequest{Address: plain, Proto: "tls"}, false, "dial", "tls"},
		"wrong version": {wire.ProbeRequest{Address: secure, Proto: "tls", TLS: &wire.TLS{Version: "1.2"}}, false, "dial", "tls"},
		"timeout":       {wire.ProbeRequest{Address: mute, Timeout: 100 * time.Millisecond}, false, "dial", "timeout"},
		"tls timeout":   {wire.ProbeRequest{Address: mute, Proto: "tls", Timeout: 100 * time.Millisecond}, false, "dial", "timeout"},
		"eof":           {wire.ProbeRequest{Address: closes}, false, "dial", "eof"},
		"reset":         {wire.ProbeRequest{Address: resets}, false, "dial", "reset"},
		"conversation":  {wire.ProbeRequest{Address: plain, Conversation: []wire.Step{{Send: "GET / HTTP/1.0\r\n\r\n"}, {Expect: "200 OK"}}}, true, "conversation", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			res := runProbe(t, tc.req)
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

// TestProbeWithin waits for a server that starts.
func TestProbeWithin(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	address := l.Addr().String()
	g.Expect(l.Close()).To(Succeed())
	refused := runProbe(t, wire.ProbeRequest{Address: address, Proto: "tcp"})
	g.Expect(refused[0].ErrorClass).To(Equal("refused"))
	g.Expect(refused[0].Attempts).To(Equal(1))

	timer := time.AfterFunc(150*time.Millisecond, func() {
		if l, err := net.Listen("tcp", address); err == nil {
			t.Cleanup(func() { _ = l.Close() })
		}
	})
	defer timer.Stop()
	res := runProbe(t, wire.ProbeRequest{Address: address, Proto: "tcp", Within: 3 * time.Second, Interval: 20 * time.Millisecond})
	g.Expect(res).To(HaveLen(1))
	g.Expect(res[0].OK).To(BeTrue(), res[0].Error)
	g.Expect(res[0].Attempts).To(BeNumerically(">", 2))

	started := time.Now()
	never := runProbe(t, wire.ProbeRequest{Address: "127.0.0.1:1", Proto: "tcp", Within: 200 * time.Millisecond, Interval: 20 * time.Millisecond})
	g.Expect(never[0].OK).To(BeFalse())
	g.Expect(time.Since(started)).To(BeNumerically("<", time.Second))
}

// TestAProbeTellsFailuresThatAreNew has a port that is closed at first, and then closes every connection.
func TestAProbeTellsFailuresThatAreNew(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	address := l.Addr().String()
	g.Expect(l.Close()).To(Succeed())
	timer := time.AfterFunc(300*time.Millisecond, func() {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return
		}
		t.Cleanup(func() { _ = l.Close() })
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	})
	defer timer.Stop()
	told := runProbe(t, wire.ProbeRequest{Address: address, Within: 4 * time.Second, Interval: 20 * time.Millisecond, TellEvery: time.Hour})
	g.Expect(len(told)).To(And(BeNumerically(">=", 3), BeNumerically("<=", 6)), "the kinds of failure, and the end")
	g.Expect(told[0].ErrorClass).To(Equal("refused"))
	g.Expect(told[1].ErrorClass).NotTo(Equal("refused"))
	g.Expect(told[len(told)-1].Attempts).To(BeNumerically(">", 10))
}

// TestAnAnswerAfterWithinIsNone asks a server that is slower than it may be.
func TestAnAnswerAfterWithinIsNone(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(500 * time.Millisecond):
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	late := runProbe(t, wire.ProbeRequest{Address: address, Within: 200 * time.Millisecond})
	g.Expect(late[0].OK).To(BeFalse())
	g.Expect(late[0].ErrorClass).To(Equal("timeout"))
	good := runProbe(t, wire.ProbeRequest{Address: address, Within: 20 * time.Second})
	g.Expect(good[0].OK).To(BeTrue(), good[0].Error)
}

func TestProbeSeries(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address, _ := webServer(t, 0, tls.NoClientCert)
	res := runProbe(t, wire.ProbeRequest{Address: address, RepeatFor: 210 * time.Millisecond, Interval: 50 * time.Millisecond})
	g.Expect(len(res)).To(BeNumerically("~", 5, 1))
	for i, r := range res {
		g.Expect(r.OK).To(BeTrue(), r.Error)
		g.Expect(r.Attempts).To(Equal(i + 1))
	}
}
