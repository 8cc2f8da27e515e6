package learn

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// TestAfterADeathTheSameIsAsked compares the question at first with that after each start.
func TestAfterADeathTheSameIsAsked(t *testing.T) {
	target := &target.Target{Request: target.Request{Host: "shop.test", Path: "/admin", Headers: map[string]string{"Authorization": "Bearer x"}}}
	answer := wire.ProbeResult{Reached: "http", Status: 401}
	for version, versions := range map[string][]string{"": nil, "1.2": {"1.2"}, "1.3": {"1.2", "1.3"}} {
		g := NewWithT(t)
		p := port{number: 8443, tls: versions}
		p.take(answer, version)
		first, again := question("10.0.0.2", p.number, target, version), p.again("10.0.0.2", target)
		g.Expect(again.Expect).To(Equal(401))
		g.Expect(again.Within).To(Equal(restartWithin))
		again.Expect, again.Within = first.Expect, first.Within
		g.Expect(again).To(Equal(first))
	}
}

func TestAPortIsAskedAgainAsFarAsItAnswered(t *testing.T) {
	g := NewWithT(t)
	target := &target.Target{Request: target.Request{Host: "localhost", Path: "/"}}
	encrypted, plain, mixed := port{tls: []string{"1.2"}}, port{}, port{tls: []string{"1.2", "1.3"}}
	encrypted.take(wire.ProbeResult{Reached: "tls", Error: "no HTTP"}, "1.2")
	plain.take(wire.ProbeResult{Reached: "dial"}, "")
	mixed.take(wire.ProbeResult{Reached: "http", Status: 204}, "1.2")
	mixed.take(wire.ProbeResult{Reached: "tls", Error: "no HTTP"}, "1.3")
	g.Expect(encrypted.again("a", target)).To(And(HaveField("Proto", "tls"), HaveField("TLS.Version", "1.2")))
	g.Expect(plain.again("a", target)).To(And(HaveField("Proto", "tcp"), HaveField("TLS", BeNil())))
	g.Expect(mixed.again("a", target)).To(And(HaveField("Proto", "http"), HaveField("TLS.Version", "1.2"), HaveField("Expect", 204)))
	g.Expect(mixed.error).To(BeEmpty())
}

func TestAPortThatSpeaksSomethingElseIsNamed(t *testing.T) {
	g := NewWithT(t)
	plain := port{number: 8080, comm: "edge", http: true}
	other := port{number: 8443, comm: "edge", tls: []string{"1.2"}, error: "malformed HTTP response"}
	err := named([]port{plain, other}, Options{HTTPS: []int{8080, 8443}})
	g.Expect(err).To(MatchError("--https 8080: the server does not speak HTTP over TLS there: port 8080 (edge) speaks HTTP\n" +
		"--https 8443: the server does not speak HTTP over TLS there: port 8443 (edge) speaks TLS 1.2; an HTTP request failed: malformed HTTP response"))
	g.Expect(named([]port{plain}, Options{HTTP: []int{8080}})).To(Succeed())
}
