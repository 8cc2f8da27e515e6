package attackers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"syscall"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// bodyPrefix is how much of a body is in a result, in bytes.
const bodyPrefix = 4 << 10

// once makes one exchange and closes the connection.
func (r *probe) once(ctx context.Context) wire.ProbeResult {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	res := wire.ProbeResult{T: record.Now(), Attempts: 1}
	c := &client{
		hold:  wire.Hold{Address: r.Address, TLS: r.TLS},
		stage: &stage{},
		emit:  func(record.Event) {},
		free:  func() {},
	}
	defer c.close()
	stop := context.AfterFunc(ctx, func() { c.close() })
	defer stop()
	err := r.exchange(ctx, c, &res)
	res.EndT = record.Now()
	res.TookMS = float64(res.EndT-res.T) / 1e6
	res.OK = err == nil
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w (%w)", err, context.DeadlineExceeded)
		}
		res.Error = record.Shorten(fmt.Sprintf("%s with %s: %v", c.step, r.Address, err), record.LongestInPod)
		res.ErrorClass = errorClass(err)
	}
	return res
}

// errUnexpected is an HTTP answer other than the one that counts as success.
var errUnexpected = errors.New("not the expected answer")

func (r *probe) exchange(ctx context.Context, c *client, res *wire.ProbeResult) error {
	if err := c.dial(ctx); err != nil {
		return err
	}
	res.Reached = "dial"
	if err := c.converse(r.Preface, "preface"); err != nil {
		return err
	}
	if r.TLS != nil || r.Proto == "tls" {
		if err := c.handshake(asPlanned); err != nil {
			return err
		}
		res.Reached = "tls"
		res.TLSVersion = tls.VersionName(c.tls.ConnectionState().Version)
	}
	switch {
	case len(r.Conversation) > 0:
		if err := c.converse(r.Conversation, "conversation"); err != nil {
			return err
		}
		res.Reached = "conversation"
		return nil
	case r.Proto != "http":
		return nil
	}
	return r.http(c, res)
}

func (r *probe) http(c *client, res *wire.ProbeResult) error {
	req := r.Request
	req.Headers = maps.Clone(r.Headers)
	if req.Headers == nil {
		req.Headers = map[string]string{}
	}
	maps.Copy(req.Headers, r.Request.Headers)
	extra := []string{"Connection: close"}
	if r.Body != "" {
		extra = append(extra, fmt.Sprintf("Content-Length: %d", len(r.Body)))
	}
	if err := c.send("send the request", requestHead(req, r.Method, req.Path, r.Address, extra...)+r.Body); err != nil {
		return err
	}
	c.step = "read the response"
	resp, err := readResponse(c.rw(), wholeBuffer, &http.Request{Method: r.Method})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	res.Reached, res.Status, res.Headers = "http", resp.StatusCode, resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyPrefix))
	res.Body = string(body)
	if err != nil {
		return err
	}
	switch {
	case r.Expect != 0 && resp.StatusCode != r.Expect:
		return fmt.Errorf("%w: status %d, wanted %d", errUnexpected, resp.StatusCode, r.Expect)
	case r.Expect == 0 && resp.StatusCode >= 500:
		return fmt.Errorf("%w: status %d", errUnexpected, resp.StatusCode)
	}
	matches, err := regexp.MatchString(r.ExpectBody, res.Body)
	if err == nil && !matches {
		err = fmt.Errorf("%w: the body does not match %q", errUnexpected, r.ExpectBody)
	}
	return err
}

// errorClass names the kind of an error, for callers that act on it.
func errorClass(err error) string {
	var netErr net.Error
	var header tls.RecordHeaderError
	_, alerted := alertIn(err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &netErr) && netErr.Timeout():
		return "timeout"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "eof"
	case alerted, errors.As(err, &header):
		return "tls"
	case errors.Is(err, errUnexpected):
		return "http"
	}
	return "other"
}
