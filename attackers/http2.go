package attackers

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

const (
	// h2Protocol is the name of HTTP/2 in ALPN, RFC 9113 section 3.1.
	h2Protocol = "h2"
	// h2Stream is the one stream that a hold opens: the first that a client may, RFC 9113 section 5.1.1.
	h2Stream = 1
	// h2Window is what either end may send before the other allows more, in bytes, RFC 9113 section 6.9.2.
	h2Window = 65_535
	// h2Own is the window that the client gives the server, in bytes: enough for the whole answer before h2.idle.
	h2Own = longestAnswer
	// h2Frame is the longest frame that the server may send, in bytes: the client announces no other, RFC 9113 section 6.5.2.
	h2Frame = 16 << 10
	// pingFrame is a PING, RFC 9113 section 6.7. It may be sent at any time between
	// frames, and completes no stage.
	pingFrame = "\x00\x00\x08\x06\x00\x00\x00\x00\x00stalemat"
)

// h2 is the HTTP/2 side of a hold: frames on its TLS connection. Once the hold is parked,
// the client answers no frame, not even PING: a silent peer answers nothing.
type h2 struct {
	*http2.Framer // writes to out
	out           bytes.Buffer
	conn          io.Writer

	settings bool   // the server's SETTINGS have arrived
	window   uint32 // what the server lets the stream send, bytes
	opened   bool   // the client's stream is open: the server has to answer it
	status   int    // of the final answer on it
	answered bool   // that answer is complete
	body     int    // bytes of it
	goAway   string // the name of the error code of a GOAWAY
	ended    record.ReleaseBy
	detail   string
}

// negotiateHTTP2 makes a TLS handshake that settles on HTTP/2. It sends nothing of HTTP/2.
func (c *client) negotiateHTTP2() error {
	err := c.handshake(func(cfg *tls.Config) { cfg.NextProtos = []string{h2Protocol} })
	if name, _ := alertIn(err); name == "no_application_protocol" {
		return refusal{"the server does not speak HTTP/2: it refuses it in the handshake (alert no_application_protocol)"}
	}
	// crypto/tls has no error value for a server that answers with a protocol that was not offered, as Apache without HTTP/2 does.
	if err != nil && strings.Contains(err.Error(), "unadvertised ALPN protocol") {
		return notApplicable{"the server does not speak HTTP/2: it chose a protocol that was not offered in the handshake"}
	}
	if err != nil {
		return err
	}
	if got := c.tls.ConnectionState().NegotiatedProtocol; got != h2Protocol {
		return notApplicable{fmt.Sprintf("the server does not speak HTTP/2: it chose %q of the protocols offered in the handshake", got)}
	}
	h := &h2{conn: c.tls, window: h2Window}
	h.Framer = http2.NewFramer(&h.out, c.tls)
	h.SetMaxReadFrameSize(h2Frame)
	h.MaxHeaderListSize = longestHead
	h.ReadMetaHeaders = hpack.NewDecoder(4096, nil) // the table's size by default, RFC 9113 section 6.5.2
	c.h2 = h
	return nil
}

// flush sends the written frames in one piece.
func (h *h2) flush() error {
	_, err := h.conn.Write(h.out.Bytes())
	h.out.Reset()
	return err
}

// exchangeSettings sends the client's connection preface (RFC 9113 section 3.4) and waits
// for the server's SETTINGS.
func (c *client) exchangeSettings() error {
	c.step = "send the HTTP/2 preface"
	c.h2.out.WriteString(http2.ClientPreface)
	settings := []http2.Setting{{ID: http2.SettingEnablePush, Val: 0}, {ID: http2.SettingInitialWindowSize, Val: h2Own}}
	if err := errors.Join(c.h2.WriteSettings(settings...), c.h2.WriteWindowUpdate(0, h2Own-h2Window), c.h2.flush()); err != nil {
		return err
	}
	c.step = "wait for the server's SETTINGS"
	return c.framesUntil(func() bool { return c.h2.settings })
}

// openHTTP2 makes the connection ready for requests.
func (c *client) openHTTP2() error {
	if err := c.exchangeSettings(); err != nil {
		return err
	}
	c.step = "acknowledge the server's SETTINGS"
	return errors.Join(c.h2.WriteSettingsAck(), c.h2.flush())
}

// framesUntil reads frames on the way to a stage.
func (c *client) framesUntil(done func() bool) error {
	for !done() {
		if err := c.readFrame(); err != nil {
			return err
		}
		if h := c.h2; h.ended != "" {
			return fmt.Errorf("the server ended the connection (%s %s) before the stage was reached", h.ended, h.detail)
		}
	}
	return nil
}

// readFrame reads one frame and notes what it means.
func (c *client) readFrame() error {
	frame, err := c.h2.ReadFrame()
	var wrong http2.StreamError
	if errors.As(err, &wrong) {
		return nil // concerns a stream, and the connection goes on
	}
	if err == nil {
		c.h2.take(frame)
	}
	return err
}

// take notes what a frame means for the connection and for the client's stream.
func (h *h2) take(frame http2.Frame) {
	mine := frame.Header().StreamID == h2Stream
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if window, ok := f.Value(http2.SettingInitialWindowSize); ok && !f.IsAck() {
			h.window = min(window, h2Window) // the connection's own window begins there and is not counted further
		}
		h.settings = h.settings || !f.IsAck()
	case *http2.MetaHeadersFrame:
		if code, err := strconv.Atoi(f.PseudoValue("status")); mine && err == nil && code >= 200 {
			h.status = code
		}
		h.answered = h.answered || mine && f.StreamEnded()
	case *http2.DataFrame:
		h.answered = h.answered || mine && f.StreamEnded()
		h.body += len(f.Data())
	case *http2.RSTStreamFrame:
		if mine && h.opened {
			h.ended, h.detail = record.ByRSTStream, f.ErrCode.String()
		}
	case *http2.GoAwayFrame:
		h.takeGoAway(f)
	}
}

// takeGoAway notes a GOAWAY. It releases the hold, unless it says that the server still
// serves the client's stream (RFC 9113 section 6.8). Then what follows counts.
func (h *h2) takeGoAway(f *http2.GoAwayFrame) {
	h.goAway = f.ErrCode.String()
	serves := h.opened && !h.answered && f.ErrCode == http2.ErrCodeNo && f.LastStreamID >= h2Stream
	if !serves {
		h.ended, h.detail = record.ByGoAway, h.goAway
	}
}

// watchFrame reads one frame of a parked connection and decides whether it releases the hold.
func (c *client) watchFrame() error {
	err := c.readFrame()
	if c.h2.opened && c.refused == "" {
		c.reply.Status = c.h2.status
	}
	if c.h2.ended != "" || c.reply.Status != 0 {
		return errDecided
	}
	return err
}

// afterGoAway says that the connection ended after a GOAWAY that did not release the hold.
func (c *client) afterGoAway() string {
	if c.h2 == nil || c.h2.goAway == "" {
		return ""
	}
	return "after GOAWAY " + c.h2.goAway
}

// h1Only are headers that HTTP/2 forbids or replaces, RFC 9113 sections 8.2.2 and 8.3.1.
var h1Only = []string{"connection", "host", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}

// h2Block is the header block of a request, RFC 9113 section 8.3.1.
func h2Block(r wire.Request, method, path, address string, extra ...hpack.HeaderField) []byte {
	host := r.Host
	if host == "" {
		host = address
	}
	fields := append([]hpack.HeaderField{
		{Name: ":method", Value: method}, {Name: ":scheme", Value: "https"},
		{Name: ":authority", Value: host}, {Name: ":path", Value: orRoot(path)},
		{Name: "user-agent", Value: "stalemate"},
	}, extra...)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if slices.Contains(h1Only, strings.ToLower(name)) {
			continue
		}
		fields = append(fields, hpack.HeaderField{Name: strings.ToLower(name), Value: r.Headers[name]})
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, f := range fields {
		_ = encoder.WriteField(f) // into memory
	}
	return block.Bytes()
}
