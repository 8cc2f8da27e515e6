package run

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/inspect"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

func TestATargetThatIsNotReadySaysTheNextStep(t *testing.T) {
	refused := wire.ProbeResult{Error: "dial with 10.0.0.2:8080: connect: connection refused"}
	on := func(address string, port int) []inspect.Listener {
		return []inspect.Listener{{Address: address, Port: port}}
	}
	for name, one := range map[string]struct {
		result    wire.ProbeResult
		listening []inspect.Listener
		says      string
	}{
		"TLS, an alert":           {wire.ProbeResult{Error: `read the response: malformed HTTP response "\x15\x03\x01\x00\x02\x02\x16"`}, nil, "that port speaks TLS: write proto: https"},
		"TLS, nginx":              {wire.ProbeResult{Status: 400, Body: "<center>The plain HTTP request was sent to HTTPS port</center>"}, nil, "that port speaks TLS: write proto: https"},
		"TLS, Apache":             {wire.ProbeResult{Status: 400, Body: "You're speaking plain HTTP to an SSL-enabled server port."}, nil, "that port speaks TLS"},
		"TLS, Go":                 {wire.ProbeResult{Status: 400, Body: "Client sent an HTTP request to an HTTPS server.\n"}, nil, "that port speaks TLS"},
		"no TLS":                  {wire.ProbeResult{Error: "the server does not speak TLS on this port: first record"}, nil, "that port speaks no TLS: write proto: http"},
		"a certificate, an alert": {wire.ProbeResult{TLSVersion: "TLS 1.3", Error: "remote error: tls: certificate required"}, nil, "write client_certificate: true at the listener web"},
		"a certificate, nginx":    {wire.ProbeResult{TLSVersion: "TLS 1.2", Status: 400, Body: "No required SSL certificate was sent"}, nil, "write client_certificate: true at the listener web"},
		"loopback":                {refused, on("127.0.0.1", 8080), "listens on port 8080 of 127.0.0.1 alone: have it listen on every address"},
		"loopback of IPv6":        {refused, on("::1", 8080), "listens on port 8080 of 127.0.0.1 alone: have it listen on every address"},
		"IPv6 alone":              {refused, on("::", 8080), "over IPv6 alone, and the pod has an IPv4 address: have it listen on 0.0.0.0 too"},
		"another port":            {refused, append(on("0.0.0.0", 80), append(on("::", 80), on("127.0.0.11", 44317)...)...), "nothing listens on that port of the pod's address: the server listens on 80: correct the port"},
		"no port":                 {refused, []inspect.Listener{}, "nor on another one: check that the command starts the server"},
		"not known":               {refused, nil, "check the port, and that the server listens on every address"},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(nextStep(target.Listener{Name: "web", Port: 8080}, one.result, one.listening)).To(HavePrefix("; "), "and what to do")
			NewWithT(t).Expect(nextStep(target.Listener{Name: "web", Port: 8080}, one.result, one.listening)).To(ContainSubstring(one.says))
		})
	}
	g := NewWithT(t)
	for _, other := range []wire.ProbeResult{
		{Status: 400, Body: "Bad Request"}, {Error: "read the response: EOF"}, {Status: 503},
		{TLSVersion: "TLS 1.3", Status: 400, Body: "The plain HTTP request was sent to HTTPS port"}, // a backend's page
	} {
		g.Expect(nextStep(target.Listener{Name: "web", Port: 8080}, other, nil)).To(BeEmpty(), other.Error+other.Body)
	}
	g.Expect(endedStep(0, "")).To(ContainSubstring("in the foreground"))
	g.Expect(endedStep(1, "exec /usr/sbin/nginx: exec format error")).To(ContainSubstring("write platform:"))
	g.Expect(endedStep(1, "bind: permission denied")).To(BeEmpty())
}
