package attackers

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
)

// reachable is one hold of TestEveryStageParksAndIsReleased.
type reachable struct {
	wire.Hold
	info   stages.Stage
	server *countingListener
}

// everyStage plans all stages in all modes against real servers: plain, with TLS 1.2 and
// with TLS 1.3. tls.client-certificate has servers that ask for one.
func everyStage(t *testing.T) (wire.Plan, []reachable) {
	var plan wire.Plan
	var all []reachable
	for name, version := range map[string]uint16{"plain": 0, "tls12": tls.VersionTLS12, "tls13": tls.VersionTLS13} {
		_, usual := webServer(t, version, tls.NoClientCert)
		_, asking := webServer(t, version, tls.RequireAnyClientCert)
		protocol := stages.HTTPS
		if version == 0 {
			protocol = stages.HTTP
		}
		for _, info := range stages.For(protocol) {
			if info.Name == stages.Conversation || info.Name == stages.TLSSSLv2Hello || strings.HasPrefix(info.Name, "h2.") {
				continue // each has its own test
			}
			server := usual
			if info.Name == stages.TLSClientCertificate {
				server = asking
			}
			for _, mode := range info.Modes {
				id := name + "/" + info.Name + "/" + string(mode)
				h := oneHold(server.Addr().String(), info.Name, mode, func(h *wire.Hold) {
					h.ID, h.Cell = id, id
					h.Request = wire.Request{Path: "/", Body: "/", Large: "/large"}
					h.TrickleFor, h.Watch = 150*time.Millisecond, 4*time.Second
					if info.Name == stages.HTTPResponse {
						h.Watch = 2 * time.Second // no release reaches the client
					}
					if version != 0 {
						h.TLS = &wire.TLS{ServerName: "a.test"}
					}
				}).Holds[0]
				plan.Holds = append(plan.Holds, h)
				all = append(all, reachable{h, info, server})
			}
		}
	}
	return plan, all
}

func TestEveryStageParksAndIsReleased(t *testing.T) {
	t.Parallel()
	plan, all := everyStage(t)
	s := attackWith(t, plan)
	for _, r := range all {
		t.Run(r.ID, func(t *testing.T) { r.check(NewWithT(t), s) })
	}
}

func (r reachable) check(g *WithT, s *session) {
	connected := s.await(r.ID, record.HoldConnected)
	parked := s.await(r.ID, record.HoldParked)
	released := s.await(r.ID, record.HoldReleased)
	g.Expect(connected.HoldInfo.Peer).To(Equal(r.Address))
	g.Expect(connected.Cell).To(Equal(r.Cell))
	g.Expect(parked.T).To(BeNumerically(">", connected.T))
	if r.info.Name != stages.HTTPResponse {
		// The client does not see the release behind an unread response.
		g.Expect(released.Release.By).NotTo(Equal(record.ByNothing))
		limit := headLimit
		if r.info.Name == stages.HTTPKeepAlive {
			limit = idleLimit
		}
		// Wide bounds: the server's clock starts when it accepts, and the machine may be busy.
		g.Expect(time.Duration(released.T - parked.T)).To(And(BeNumerically(">", limit/4), BeNumerically("<", limit+2*time.Second)))
		g.Expect(r.server.read(connected.HoldInfo.Local)).To(Equal(released.HoldInfo.Sent), "the server read what was sent")
	}
	if r.Mode == record.Trickle {
		trickled := s.await(r.ID, record.HoldTrickled)
		g.Expect(time.Duration(trickled.T - parked.T)).To(BeNumerically("<", headLimit))
		if r.info.Name == stages.HTTPResponse {
			g.Expect(trickled.HoldInfo.Got).To(BeNumerically(">=", 4*slowBite), "bytes that were read slowly")
		} else {
			before := parked.HoldInfo.Sent
			g.Expect(released.HoldInfo.Sent).To(Equal(trickled.HoldInfo.Sent), "silent after the trickle")
			g.Expect(before).To(BeNumerically("<=", trickled.HoldInfo.Sent))
			g.Expect(released.Release.LastT).To(Equal(trickled.T))
		}
	}
	if slices.Contains([]string{stages.HTTPBody, stages.HTTPChunk, stages.HTTPExpect100, stages.H2Body}, r.Hold.Stage) {
		g.Expect(released.Release.By).To(Equal(record.ByStatus))
		g.Expect(released.Release.Detail).To(Equal("408"))
		g.Expect(released.Release.End).NotTo(BeEmpty())
		g.Expect(released.Release.EndT).To(BeNumerically(">=", released.T))
	}
}
