package stages_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

func TestEveryStageIsDescribed(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, s := range stages.All() {
		g.Expect(seen[s.Name]).To(BeFalse(), s.Name)
		seen[s.Name] = true
		for _, text := range []string{s.Rule, s.Sends, s.WaitsFor, s.Trickles} {
			g.Expect(text).NotTo(BeEmpty(), s.Name)
		}
		g.Expect(s.Modes).To(ContainElement(record.Silent), s.Name)
		g.Expect(s.HasMode(record.Trickle)).To(Equal(s.TrickleBytes > 0), s.Name)
		g.Expect(strings.HasPrefix(s.Trickles, "does not exist: ")).To(Equal(s.TrickleBytes == 0), s.Name)
		g.Expect(s.TrickleLasts(time.Second)).To(Equal(time.Duration(s.TrickleBytes)*time.Second), s.Name)
		g.Expect(s.Presence).To(BeElementOf(stages.ByDefault, stages.WhereListed, stages.WhereDescribed), s.Name)
		g.Expect(s.Needs).To(BeElementOf(stages.AnyPath, stages.BodyPath, stages.LargePath), s.Name)
		g.Expect(s.Protocols).NotTo(BeEmpty(), s.Name)
		g.Expect([]string{stages.TCP, stages.TLS, stages.HTTP, stages.HTTPS}).To(ContainElements(s.Protocols), s.Name)

		found, known := stages.Named(s.Name)
		g.Expect(known).To(BeTrue())
		g.Expect(found).To(Equal(s))
	}
	_, known := stages.Named("smtp-greeting")
	g.Expect(known).To(BeFalse(), "a conversation's name is the target file's")
}

// TestWhichListenerHasWhichStage spells the list out: these names are in the addresses of cells.
func TestWhichListenerHasWhichStage(t *testing.T) {
	tls := "tls.record-header tls.client-hello tls.client-hello-end tls.server-hello tls.finished tls.established "
	http := "http.request-line http.headers http.body http.response http.keep-alive"
	for protocol, c := range map[string]struct{ byDefault, listed string }{
		stages.TCP:   {"tcp.connected", ""},
		stages.TLS:   {"tcp.connected " + tls, "tls.sslv2-hello tls.client-certificate"},
		stages.HTTP:  {"tcp.connected " + http, "http.expect-100 http.chunk"},
		stages.HTTPS: {"tcp.connected " + tls + http, "tls.sslv2-hello tls.client-certificate http.expect-100 http.chunk h2.preface h2.settings h2.headers h2.body h2.idle"},
		"udp":        {},
	} {
		byPresence := map[stages.Presence][]string{}
		for _, s := range stages.For(protocol) {
			byPresence[s.Presence] = append(byPresence[s.Presence], s.Name)
		}
		g := NewWithT(t)
		g.Expect(byPresence[stages.ByDefault]).To(HaveExactElements(strings.Fields(c.byDefault)), protocol)
		g.Expect(byPresence[stages.WhereListed]).To(HaveExactElements(strings.Fields(c.listed)), protocol)
	}
}

func TestWhatAStageNeeds(t *testing.T) {
	g := NewWithT(t)
	for _, s := range stages.All() {
		family, _, _ := strings.Cut(s.Name, ".")
		g.Expect(s.NeedsTLS()).To(Equal(family == "tls" || family == "h2"), s.Name)
		g.Expect(s.NeedsHTTP()).To(Equal(family == "http" || family == "h2"), s.Name)
	}
	body, _ := stages.Named(stages.HTTPBody)
	response, _ := stages.Named(stages.HTTPResponse)
	g.Expect([]stages.Path{body.Needs, response.Needs}).To(Equal([]stages.Path{stages.BodyPath, stages.LargePath}))
}

func TestAllMayBeChanged(t *testing.T) {
	g := NewWithT(t)
	mine := stages.All()
	mine[0].Name, mine[1].Modes[0], mine[1].Protocols[0] = "x", "x", "x"
	g.Expect(stages.All()[0].Name).To(Equal(stages.TCPConnected))
	g.Expect(stages.All()[1].Modes).To(Equal([]record.Mode{record.Silent, record.Trickle}))
	g.Expect(stages.All()[1].Protocols).To(Equal([]string{stages.TLS, stages.HTTPS}))
}
