package attackers

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

const (
	h2BodyLimit = 900 * time.Millisecond
	h2IdleLimit = 1300 * time.Millisecond
)

// h2Server is the HTTP/2 server of net/http with an idle limit.
func h2Server(t *testing.T) (*httptest.Server, *countingListener) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 200<<10)) // more than the windows by default
	})
	mux.HandleFunc("/body", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h2BodyLimit))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	})
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h2BodyLimit))
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/deny", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	s := httptest.NewUnstartedServer(mux)
	counting := &countingListener{Listener: s.Listener}
	s.Listener, s.EnableHTTP2 = counting, true
	s.Config.IdleTimeout = h2IdleLimit
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, counting
}

func h2Hold(address, stage string, mode record.Mode, path string) wire.Plan {
	return oneHold(address, stage, mode, func(h *wire.Hold) {
		h.TLS, h.Interval = &wire.TLS{ServerName: "a.test"}, 20*time.Millisecond
		h.Request = wire.Request{Path: path, Body: path, Headers: map[string]string{"X-Token": "t", "Connection": "close"}}
	})
}

// named is the only hold of a plan, under another name.
func named(name string, p wire.Plan) wire.Hold {
	h := p.Holds[0]
	h.ID = name
	return h
}
