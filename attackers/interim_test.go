package attackers

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// hints is an interim response, longer than what is kept of a reply.
var hints = "HTTP/1.1 103 Early Hints\r\n" + strings.Repeat("Link: </style.css>; rel=preload; as=style\r\n", 60) + "\r\n"

// TestInterimResponsesAreNoAnswer has servers that send some before the answer, or instead of it.
func TestInterimResponsesAreNoAnswer(t *testing.T) {
	t.Parallel()
	const after = time.Second
	const processing = "HTTP/1.1 102 Processing\r\n\r\n"
	cases := map[string]struct {
		stage, sends, ends string
		by                 record.ReleaseBy
		detail             string
	}{
		"keep-alive":       {"http.keep-alive", hints + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "", record.ByFIN, ""},
		"several":          {"http.keep-alive", processing + processing + hints + "HTTP/1.1 204 No Content\r\n\r\n", "", record.ByFIN, ""},
		"body":             {"http.body", hints, "HTTP/1.1 408 Request Timeout\r\n\r\n", record.ByStatus, "408"},
		"body, continue":   {"http.body", "HTTP/1.1 100 Continue\n\n" + hints + processing, "HTTP/1.1 408 Request Timeout\r\n\r\n", record.ByStatus, "408"},
		"body, cut":        {"http.body", hints[:1500], hints[1500:] + "HTTP/1.1 404 Not Found\r\n\r\n", record.ByStatus, "404"},
		"body, never ends": {"http.body", hints[:len(hints)-2], "", record.ByFIN, ""},
	}
	plan := wire.Plan{Run: "r"}
	for name, tc := range cases {
		address := listen(t, func(conn net.Conn) {
			answers(tc.sends)(conn)
			waitThen(after, conn, func() { _, _ = io.WriteString(conn, tc.ends) })
		})
		plan.Holds = append(plan.Holds, named(name, oneHold(address, tc.stage, record.Silent, noChange)))
	}
	s := attackWith(t, plan)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(s.awaitIn(t, name, record.HoldParked).HoldInfo.Refused).To(BeEmpty())
			e := s.awaitIn(t, name, record.HoldReleased)
			g.Expect(e.Release.By).To(Equal(tc.by))
			if tc.detail != "" {
				g.Expect(e.Release.Detail).To(Equal(tc.detail))
			}
		})
	}
}

func TestALargeResponseAfterAnInterimOneIsLeftUnread(t *testing.T) {
	t.Parallel()
	address := listen(t, answers(hints+"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"+strings.Repeat("x", 16<<20)))
	s := attackWith(t, oneHold(address, "http.response", record.Silent, func(h *wire.Hold) { h.Watch = 300 * time.Millisecond }))
	NewWithT(t).Expect(s.await("h", record.HoldParked).Note).To(Equal("response of 99999999 bytes"))
}

// TestAnotherProtocolIsAnAnswer: 101 ends HTTP on the connection.
func TestAnotherProtocolIsAnAnswer(t *testing.T) {
	t.Parallel()
	address := listen(t, answers("HTTP/1.1 101 Switching Protocols\r\n\r\n"))
	s := attackWith(t, oneHold(address, "http.body", record.Silent, noChange))
	NewWithT(t).Expect(s.await("h", record.HoldNotApplicable).Note).To(ContainSubstring("101"))
}

// TestAProbeWaitsForTheFinalResponse: a server that sends hints and then fails is not ready.
func TestAProbeWaitsForTheFinalResponse(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	address := listen(t, answers(hints+"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"))
	question, err := json.Marshal(wire.ProbeRequest{Address: address})
	g.Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	g.Expect(Probe(t.Context(), bytes.NewReader(question), &out)).To(Succeed())
	var result wire.ProbeResult
	g.Expect(json.Unmarshal(out.Bytes(), &result)).To(Succeed())
	g.Expect(result.OK).To(BeFalse())
	g.Expect(result.Status).To(Equal(503))
}
