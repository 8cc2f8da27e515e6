package containers

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
)

// answerWithin bounds one exchange with a listener.
const answerWithin = 5 * time.Second

// Get asks a listener for a path. See Do.
func (s *Server) Get(ctx context.Context, listener, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask listener %s of %s for %s: %w", listener, s.name, path, err)
	}
	return s.Do(ctx, listener, r)
}

// Do sends a request to a listener from a client on the pod's network. Of the request, method, path,
// host, headers and body count; of the response's body the first 4 KiB come back. The error of a
// server that does not answer matches syscall.ECONNREFUSED, syscall.ECONNRESET, io.EOF or
// os.ErrDeadlineExceeded, the last after 5 s.
func (s *Server) Do(ctx context.Context, listener string, r *http.Request) (*http.Response, error) {
	l, err := s.listener(listener)
	if err != nil {
		return nil, err
	}
	q := s.question(l)
	q.Method, q.Request.Path, q.Timeout = r.Method, r.URL.RequestURI(), answerWithin
	if r.Host != "" {
		q.Request.Host = r.Host
	}
	q.Headers = map[string]string{}
	for name := range r.Header {
		q.Headers[name] = r.Header.Get(name)
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read the body for listener %s of %s: %w", listener, s.name, err)
		}
		q.Body = string(body)
	}
	result, err := s.probe(ctx, q)
	if err != nil {
		return nil, err
	}
	if result.Status == 0 {
		return nil, fmt.Errorf("ask listener %s of %s for %s: %w", listener, s.name, q.Request.Path, unanswered{result})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", result.Status, http.StatusText(result.Status)), StatusCode: result.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: result.Headers,
		Body: io.NopCloser(strings.NewReader(result.Body)), ContentLength: -1, Request: r,
	}, nil
}

// unanswered is the error of an exchange that came to no answer.
type unanswered struct{ wire.ProbeResult }

func (u unanswered) Error() string { return u.ProbeResult.Error }

// Is compares with the error of Go's own that means the same.
func (u unanswered) Is(target error) bool {
	same := map[string]error{"refused": syscall.ECONNREFUSED, "reset": syscall.ECONNRESET, "eof": io.EOF, "timeout": os.ErrDeadlineExceeded}
	return target == same[u.ErrorClass]
}

// listener finds a listener by its name; "" is the first.
func (s *Server) listener(name string) (listener, error) {
	all := s.settings.listeners
	if name == "" {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(l listener) bool { return l.name == name })
	if i < 0 {
		var names []string
		for _, l := range all {
			names = append(names, l.name)
		}
		return listener{}, fmt.Errorf("%s has no listener %s: it has %s", s.name, name, strings.Join(names, ", "))
	}
	return all[i], nil
}

func (s *Server) address(l listener) string {
	return net.JoinHostPort(s.pod.Address(), strconv.Itoa(l.port))
}

// question is one exchange with a listener.
func (s *Server) question(l listener) wire.ProbeRequest {
	protocol := l.protocol
	if protocol == "https" {
		protocol = "http" // over the TLS that is asked for
	}
	return wire.ProbeRequest{Address: s.address(l), Proto: protocol, TLS: l.tls, Preface: l.preface, Request: s.settings.request}
}

// answers asks every listener once.
func (s *Server) answers(ctx context.Context) ([]Answer, error) {
	var all []Answer
	for _, l := range s.settings.listeners {
		q := s.question(l)
		q.Timeout = answerWithin
		result, err := s.probe(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, Answer{Listener: l.name, OK: result.OK, Class: result.ErrorClass, Detail: result.Error})
	}
	return all, nil
}

// probe asks once, from the pod's attacker.
func (s *Server) probe(ctx context.Context, q wire.ProbeRequest) (wire.ProbeResult, error) {
	result, err := pod.Ask[wire.ProbeResult](ctx, s.pod, pod.Attacker, wire.CommandProbe, q)
	if err != nil {
		return result, fmt.Errorf("probe %s: %w", q.Address, err)
	}
	return result, nil
}
