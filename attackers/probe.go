package attackers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"stalemate/reports/record/wire"
)

// probe is a checked request.
type probe struct{ wire.ProbeRequest }

// What a probe uses where the request gives no value.
const (
	defaultProbeTimeout  = 5 * time.Second
	defaultProbeInterval = 100 * time.Millisecond
	tellNewAfter         = time.Second // between two failures that are told: kinds of failure can alternate
)

// check says what is wrong with a request, and fills in the defaults.
func (r *probe) check() error {
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
			r.TLS = &wire.TLS{}
		}
	}
	if r.Proto != "tcp" && r.Proto != "tls" && r.Proto != "http" {
		return fmt.Errorf("probe of %s: proto %q: use tcp, tls, http or https", r.Address, r.Proto)
	}
	if r.Address == "" || r.Timeout < 0 || r.Interval < 0 || r.Within < 0 || r.TellEvery < 0 || r.RepeatFor < 0 {
		return fmt.Errorf("probe of %q: no address, or a negative duration", r.Address)
	}
	if _, err := regexp.Compile(r.ExpectBody); err != nil {
		return fmt.Errorf("probe of %s: expect_body: %w", r.Address, err)
	}
	if err := checkDistinct(r.Distinct); err != nil {
		return fmt.Errorf("probe of %s: %w", r.Address, err)
	}
	if _, err := tlsConfig(r.TLS); err != nil {
		return fmt.Errorf("probe of %s: %w", r.Address, err)
	}
	return nil
}

// Probe reads one ProbeRequest as JSON and writes ProbeResults as JSON lines: one, or with
// RepeatFor one for each exchange. What the server does is a result and never an error.
func Probe(ctx context.Context, in io.Reader, out io.Writer) error {
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	var req probe
	if err := decoder.Decode(&req.ProbeRequest); err != nil {
		return fmt.Errorf("read the probe request: %w", err)
	}
	if err := req.check(); err != nil {
		return err
	}
	write := func(res wire.ProbeResult) error { return json.NewEncoder(out).Encode(res) }
	if req.Distinct != nil {
		return req.distinct(ctx, write)
	}
	if req.RepeatFor > 0 {
		return req.series(ctx, write)
	}
	return req.until(ctx, write)
}

// until makes one exchange, and more until one succeeds or Within is over. An answer that comes after Within is none. The result that
// is written last is that of the probe; with TellEvery, failures before it are written too.
func (r *probe) until(ctx context.Context, write func(wire.ProbeResult) error) error {
	deadline := time.Now().Add(r.Within)
	if r.Within > 0 {
		bounded, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		ctx = bounded
	}
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	class, told := "", time.Time{} // of the last failure that was written
	for attempt := 1; ; attempt++ {
		res := r.once(ctx)
		res.Attempts = attempt
		if res.OK || !time.Now().Add(r.Interval).Before(deadline) {
			return write(res)
		}
		if since := time.Since(told); r.TellEvery > 0 && (since >= r.TellEvery || res.ErrorClass != class && since >= tellNewAfter) {
			class, told = res.ErrorClass, time.Now()
			if err := write(res); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return write(res)
		}
	}
}

// series makes one exchange after another, at most one each interval, until RepeatFor is over.
func (r *probe) series(ctx context.Context, write func(wire.ProbeResult) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.RepeatFor)
	defer cancel()
	ticker := time.NewTicker(r.Interval)
	defer ticker.Stop()
	for attempt := 1; ; attempt++ {
		res := r.once(context.WithoutCancel(ctx)) // the last exchange may take its time
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
