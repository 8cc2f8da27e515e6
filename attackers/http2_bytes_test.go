package attackers

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// TestWhatTheServerGetsOfHTTP2 reads the bytes of each stage and mode on the server's side:
// all of them arrive, and never the one that would complete the stage.
func TestWhatTheServerGetsOfHTTP2(t *testing.T) {
	t.Parallel()
	var plan wire.Plan
	received := map[string]chan []byte{}
	for _, stage := range []string{"h2.preface", "h2.settings", "h2.headers", "h2.body"} {
		for _, mode := range describe(stage).Modes {
			got := make(chan []byte, 1)
			address := h2Listen(t, func(tcp *net.TCPConn, srv *tls.Conn) {
				_ = http2.NewFramer(srv, srv).WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 30})
				_ = tcp.SetReadDeadline(time.Now().Add(1200 * time.Millisecond))
				all, _ := io.ReadAll(srv)
				got <- all
			})
			h := named(stage+"/"+string(mode), h2Hold(address, stage, mode, "/"))
			h.Interval = 10 * time.Millisecond
			plan.Holds, received[h.ID] = append(plan.Holds, h), got
		}
	}
	s := attackWith(t, plan)
	for _, h := range plan.Holds {
		t.Run(h.ID, func(t *testing.T) {
			s.await(h.ID, record.HoldReleased)
			checkHTTP2Bytes(NewWithT(t), h.Stage, h.Mode, string(<-received[h.ID]))
		})
	}
}

func checkHTTP2Bytes(g *WithT, stage string, mode record.Mode, got string) {
	if stage == "h2.preface" {
		want := map[record.Mode]string{record.Silent: "", record.Trickle: http2.ClientPreface[:23]}[mode]
		g.Expect(got).To(Equal(want))
		return
	}
	g.Expect(got).To(HavePrefix(http2.ClientPreface))
	framer := http2.NewFramer(nil, strings.NewReader(got[len(http2.ClientPreface):]))
	acknowledged, pinged, data := false, 0, 0
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			break
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			acknowledged = acknowledged || f.IsAck()
		case *http2.PingFrame:
			pinged++
		case *http2.DataFrame:
			data += len(f.Data())
			g.Expect(f.StreamEnded()).To(BeFalse())
		case *http2.HeadersFrame:
			g.Expect(f.HeadersEnded()).To(Equal(stage == "h2.body"))
			fields, err := hpack.NewDecoder(4096, nil).DecodeFull(f.HeaderBlockFragment())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(fields).To(ContainElement(hpack.HeaderField{Name: "x-token", Value: "t"}))
			for _, field := range fields {
				g.Expect(field.Name).NotTo(Equal("connection"), "HTTP/2 forbids it")
			}
		case *http2.ContinuationFrame:
			g.Expect(f.HeadersEnded()).To(BeFalse())
		}
	}
	g.Expect(acknowledged).To(Equal(stage != "h2.settings"))
	if mode == record.Trickle && stage == "h2.settings" {
		g.Expect(pinged).To(BeNumerically(">", 1))
	}
	if stage == "h2.body" {
		want := map[record.Mode]int{record.Silent: len(bodyBegin), record.Trickle: 30}[mode]
		g.Expect(data).To(Equal(want), "never more than the server's window")
	}
}

// TestTheContinuationIsWellFormed decodes what trickle mode sends of headers.
func TestTheContinuationIsWellFormed(t *testing.T) {
	g := NewWithT(t)
	framer := http2.NewFramer(nil, strings.NewReader(continuation()))
	framer.AllowIllegalReads = true // there is no HEADERS before it
	frame, err := framer.ReadFrame()
	g.Expect(err).NotTo(HaveOccurred())
	fields, err := hpack.NewDecoder(4096, nil).DecodeFull(frame.(*http2.ContinuationFrame).HeaderBlockFragment())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(fields).To(HaveEach(hpack.HeaderField{Name: "x-hold", Value: strings.Repeat("a", 100), Sensitive: true}))
	g.Expect(len(fields)).To(BeNumerically("<", 90), "Apache takes 100 headers")
	ping, err := http2.NewFramer(nil, strings.NewReader(pingFrame)).ReadFrame()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(ping).To(BeAssignableToTypeOf(&http2.PingFrame{}))
}
