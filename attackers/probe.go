package attackers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
)

// ProbeRequest is one exchange with a server, made once, until it succeeds, or
// again and again. Durations are nanoseconds in JSON.
type ProbeRequest struct {
	Address      string            `json:"address"`
	Proto        string            `json:"proto,omitempty"` // tcp: connect; tls: and a handshake; http (default): and a request
	TLS          *TLS              `json:"tls,omitempty"`   // http with it is https
	Request      Request           `json:"request"`         // Host, Path, Headers
	Method       string            `json:"method,omitempty"`
	Body         string            `json:"body,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`      // beside the request's, and before them
	Preface      []Step            `json:"preface,omitempty"`      // before TLS
	Conversation []Step            `json:"conversation,omitempty"` // instead of HTTP
	Expect       int               `json:"expect,omitempty"`       // the status that counts as success; 0: any final one below 500
	ExpectBody   string            `json:"expect_body,omitempty"`  // a regular expression on the body's prefix
	Timeout      time.Duration     `json:"timeout,omitempty"`      // of one exchange; 0 means 5 s
	Within       time.Duration     `json:"within,omitempty"`       // try again until it succeeds or this has passed
	RepeatFor    time.Duration     `json:"repeat_for,omitempty"`   // a series: one result for each exchange
	Interval     time.Duration     `json:"interval,omitempty"`     // between two beginnings; 0 means 100 ms
	Distinct     *Distinct         `json:"distinct,omitempty"`     // again and again until every worker has answered, or Within has passed
}

// ProbeResult is what became of one exchange.
type ProbeResult struct {
	T          int64               `json:"t"`                 // CLOCK_MONOTONIC ns when it began
	EndT       int64               `json:"end_t"`             // when it ended
	OK         bool                `json:"ok"`                // everything that was asked for was seen
	Reached    string              `json:"reached,omitempty"` // the last that succeeded: dial, tls, http, conversation
	Status     int                 `json:"status,omitempty"`
	Headers    map[string][]string `json:"headers,omitempty"`
	Body       string              `json:"body,omitempty"` // at most 4 KiB
	TLSVersion string              `json:"tls_version,omitempty"`
	TookMS     float64             `json:"took_ms"`
	Attempts   int                 `json:"attempts"` // with within: this many were made
	Error      string              `json:"error,omitempty"`
	ErrorClass string              `json:"error_class,omitempty"` // refused, timeout, reset, eof, tls, http, other
}

// The values that a probe takes where the request gives none.
const (
	defaultProbeTimeout  = 5 * time.Second
	defaultProbeInterval = 100 * time.Millisecond
)

// check says what is wrong with a request, and fills in the defaults.
func (r *ProbeRequest) check() error {
	if r.Timeout == 0 {
		r.Timeout = defaultProbeTimeout
	}
	if r.Interval == 0 {
		r.Interval = defaultProbeInterval
	}
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Proto == "" {
		r.Proto = "http"
	}
	if r.Proto == "https" {
		r.Proto = "http"
		if r.TLS == nil {
			r.TLS = &TLS{}
		}
	}
	if r.Proto != "tcp" && r.Proto != "tls" && r.Proto != "http" {
		return fmt.Errorf("probe of %s: proto %q: use tcp, tls, http or https", r.Address, r.Proto)
	}
	if r.Address == "" || r.Timeout < 0 || r.Interval < 0 || r.Within < 0 || r.RepeatFor < 0 {
		return fmt.Errorf("probe of %q: no address, or a negative duration", r.Address)
	}
	if _, err := regexp.Compile(r.ExpectBody); err != nil {
		return fmt.Errorf("probe of %s: expect_body: %w", r.Address, err)
	}
	if err := r.Distinct.check(); err != nil {
		return fmt.Errorf("probe of %s: %w", r.Address, err)
	}
	if _, err := r.TLS.config(); err != nil {
		return fmt.Errorf("probe of %s: %w", r.Address, err)
	}
	return nil
}

// Probe reads one ProbeRequest as JSON and writes ProbeResults as JSON lines: one,
// or with RepeatFor one for each exchange. What the server does is never an
// error of Probe.
func Probe(ctx context.Context, in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	var req ProbeRequest
	if err := decoder.Decode(&req); err != nil {
		return fmt.Errorf("read the probe request: %w", err)
	}
	if err := req.check(); err != nil {
		return err
	}
	write := func(res ProbeResult) error { return json.NewEncoder(out).Encode(res) }
	if req.Distinct != nil {
		return req.distinct(ctx, write)
	}
	if req.RepeatFor > 0 {
		return req.series(ctx, write)
	}
	return write(req.until(ctx))
}

// until exchanges once, or again until success or the end of Within.
func (r *ProbeRequest) until(ctx context.Context) ProbeResult {
	deadline := time.Now().Add(r.Within)
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	for attempt := 1; ; attempt++ {
		res := r.once(ctx)
		res.Attempts = attempt
		if res.OK || !time.Now().Add(r.Interval).Before(deadline) {
			return res
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return res
		}
	}
}

// series exchanges at every interval, one after the other, until RepeatFor has passed.
func (r *ProbeRequest) series(ctx context.Context, write func(ProbeResult) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.RepeatFor)
	defer cancel()
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	for attempt := 1; ; attempt++ {
		res := r.once(context.WithoutCancel(ctx)) // the last one ends as it would
		res.Attempts = attempt
		if err := write(res); err != nil {
			return fmt.Errorf("write a probe result: %w", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
			return nil
		}
	}
}
