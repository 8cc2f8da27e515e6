package attackers

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The limits of the test server. They are far enough apart to tell which one fired.
const (
	headLimit = 2000 * time.Millisecond // handshake and head
	idleLimit = 2300 * time.Millisecond // keep-alive
)

// countingListener counts what the server read from each client address.
type countingListener struct {
	net.Listener
	reads sync.Map // string to *atomic.Int64
}

type countingConn struct {
	net.Conn
	count *atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	count, _ := l.reads.LoadOrStore(c.RemoteAddr().String(), new(atomic.Int64))
	return &countingConn{c, count.(*atomic.Int64)}, nil
}

// read is how many bytes came from that client.
func (l *countingListener) read(client string) int {
	count, known := l.reads.Load(client)
	if !known {
		return -1
	}
	return int(count.(*atomic.Int64).Load())
}

func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.count.Add(int64(n))
	return n, err
}

// webServer is a net/http server with limits. Version 0 is plain HTTP.
func webServer(t *testing.T, version uint16, auth tls.ClientAuthType) (string, *countingListener) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_ = rc.SetReadDeadline(time.Now().Add(headLimit))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "too slow", http.StatusRequestTimeout)
			return
		}
		_, _ = io.WriteString(w, "hello")
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(headLimit))
		w.Header().Set("Content-Length", "16777216")
		_, _ = w.Write(make([]byte, 16<<20))
	})
	mux.HandleFunc("/small", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "small") })
	mux.HandleFunc("/close", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	mux.HandleFunc("/deny", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	s := httptest.NewUnstartedServer(mux)
	counting := &countingListener{Listener: s.Listener}
	s.Listener = counting
	s.Config.ReadHeaderTimeout, s.Config.IdleTimeout = headLimit, idleLimit
	s.Config.ErrorLog = nil
	if version == 0 {
		s.Start()
	} else {
		s.TLS = &tls.Config{MinVersion: version, MaxVersion: version, ClientAuth: auth, Certificates: []tls.Certificate{testCertificate(t)}}
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return counting.Addr().String(), counting
}
