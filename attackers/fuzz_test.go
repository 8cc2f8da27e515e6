package attackers

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"stalemate/reports/record/wire"
)

// FuzzReply: no reply breaks the parser, and it decides the same however the reply is cut
// into pieces.
func FuzzReply(f *testing.F) {
	f.Add([]byte("HTTP/1.1 408 Request Timeout\r\n\r\n"), 3)
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), 20)
	f.Add([]byte{recordAlert, 3, 3, 0, 2, 2, 40}, 4)
	f.Add([]byte{recordHandshake, 3, 3, 0, 1, 2, recordAlert, 3, 3, 0, 2, 1, 0}, 6)
	f.Add([]byte{recordAlert, 3, 48, 48, 48, 48, 0, 48}, 7) // longer than it seems
	f.Add([]byte("421 timeout\r\n"), 1)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		if len(data) == 0 || len(data) > replyLimit {
			return
		}
		cut = min(max(cut, 0), len(data))
		var whole, pieces reply
		whole.feed(data)
		pieces.feed(data[:cut])
		pieces.feed(data[cut:])
		if whole.decided() != pieces.decided() || whole.Status != pieces.Status || whole.Alert != pieces.Alert {
			t.Fatalf("whole %+v, in pieces %+v", whole, pieces)
		}
		if whole.Status != 0 && (whole.Status < 200 || whole.Status > 999) {
			t.Fatalf("status %d", whole.Status)
		}
		_ = whole.Text()
	})
}

// FuzzRecords: the pieces together are the input.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{recordHandshake, 3, 1, 0, 1, 1, recordCCS, 3, 3, 0, 1, 1})
	f.Add([]byte{recordData, 3, 3, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := bytes.Join(records(data), nil); !bytes.Equal(got, data) {
			t.Fatalf("%x became %x", data, got)
		}
	})
}

// FuzzPlan: no input makes the check of a plan panic, and each checked hold has a stage.
func FuzzPlan(f *testing.F) {
	good, _ := json.Marshal(SlapperWave("127.0.0.1:80", "127.0.0.1:443", 2, 1, 1))
	f.Add(string(good))
	f.Add(`{"holds":[{"id":"a","address":"x:1","stage":"http.body","mode":"trickle"}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		var plan wire.Plan
		decoder := json.NewDecoder(strings.NewReader(in))
		decoder.DisallowUnknownFields()
		if decoder.Decode(&plan) != nil {
			return
		}
		for _, h := range plan.Holds {
			if checkHold(h) == nil && stageOf(h).reach == nil {
				t.Fatalf("no way to stage %q", h.Stage)
			}
		}
	})
}

// FuzzProbeRequest: a wrong request is an error. A right one is not carried out here.
func FuzzProbeRequest(f *testing.F) {
	f.Add(`{"address":"127.0.0.1:1","proto":"tls","tls":{"version":"1.4"}}`)
	f.Add(`{"address":"","within":-1}`)
	f.Fuzz(func(t *testing.T, in string) {
		var req probe
		if json.Unmarshal([]byte(in), &req.ProbeRequest) != nil || req.check() == nil {
			return
		}
		if err := Probe(context.Background(), strings.NewReader(in), &bytes.Buffer{}); err == nil {
			t.Fatalf("%q was refused and then carried out", in)
		}
	})
}

// FuzzFrames: no frame makes the client panic, and a release has a kind and a detail.
func FuzzFrames(f *testing.F) {
	var said bytes.Buffer
	framer := http2.NewFramer(&said, nil)
	for _, write := range []func() error{
		func() error {
			return framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 30})
		},
		func() error { return framer.WriteGoAway(1, http2.ErrCodeNo, []byte("bye")) },
		func() error { return framer.WriteRSTStream(h2Stream, http2.ErrCode(99)) },
		func() error { return framer.WriteData(h2Stream, true, []byte("x")) },
		func() error {
			return framer.WriteHeaders(http2.HeadersFrameParam{StreamID: h2Stream, BlockFragment: []byte{0x88}, EndHeaders: true})
		},
	} {
		said.Reset()
		if err := write(); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(said.Bytes()), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, opened bool) {
		h := &h2{window: h2Window, opened: opened}
		h.Framer = http2.NewFramer(&h.out, bytes.NewReader(data))
		h.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		c := &client{h2: h}
		for c.watchFrame() == nil {
			if h.window > h2Window {
				t.Fatalf("a window of %d", h.window)
			}
		}
		if h.ended != "" && h.detail == "" {
			t.Fatalf("%s without a word", h.ended)
		}
		_ = c.afterGoAway()
	})
}
