package run

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"stalemate/containers/inspect"
	"stalemate/fixtures/target"
	"stalemate/reports/record/wire"
)

// nextStep says why a running target is not ready at a listener, and what to write. It returns "" where the answer does not tell.
// listening are the listening sockets of the pod, nil if they are not known.
func nextStep(l target.Listener, r wire.ProbeResult, listening []inspect.Listener) string {
	switch {
	case speaksTLS(r):
		return "; that port speaks TLS: write proto: https (or tls) at the listener " + l.Name
	case wantsCertificate(r):
		return "; the server asks for a client certificate: write client_certificate: true at the listener " + l.Name +
			", and in certificates the key ca, so that the server accepts it"
	case strings.Contains(r.Error, "does not speak TLS"):
		return "; that port speaks no TLS: write proto: http (or tcp) at the listener " + l.Name + ", or the port that speaks TLS"
	case strings.Contains(r.Error, "connection refused"):
		return refusedStep(l.Port, listening)
	}
	return ""
}

// What servers answer to plain HTTP on a port of TLS: nginx, Apache and Go's net/http. Their status is 400.
var plainToTLS = []string{"plain HTTP request was sent to HTTPS port", "speaking plain HTTP to an SSL-enabled server port", "HTTP request to an HTTPS server"}

// speaksTLS says whether a server that was asked without TLS wants it. An alert is record type 21 with a version 3.x (RFC 8446, section 5.1).
func speaksTLS(r wire.ProbeResult) bool {
	if r.TLSVersion != "" {
		return false
	}
	return strings.Contains(r.Error, `malformed HTTP response "\x15\x03`) ||
		r.Status == 400 && slices.ContainsFunc(plainToTLS, func(text string) bool { return strings.Contains(r.Body, text) })
}

// wantsCertificate says whether a server refused a client that showed no certificate: by an alert (RFC 8446, section 6.2), or as nginx does.
func wantsCertificate(r wire.ProbeResult) bool {
	return strings.Contains(r.Error, "certificate required") ||
		r.Status == 400 && strings.Contains(r.Body, "No required SSL certificate was sent")
}

// refusedStep says what listens instead.
func refusedStep(port int, listening []inspect.Listener) string {
	var ports []string
	loopback, six := false, false
	for _, one := range listening {
		a, err := netip.ParseAddr(one.Address)
		switch {
		case one.Port != port:
			// The engine's name server listens on a port of loopback in each pod.
			if text := fmt.Sprint(one.Port); !one.Loopback() && !slices.Contains(ports, text) {
				ports = append(ports, text)
			}
		case one.Loopback():
			loopback = true
		case err == nil && a.Is6() && !a.Is4In6():
			six = true
		}
	}
	const nothing = "; nothing listens on that port of the pod's address"
	switch {
	case six:
		return fmt.Sprintf("; the server listens on port %d over IPv6 alone, and the pod has an IPv4 address: have it listen on 0.0.0.0 too", port)
	case loopback:
		return fmt.Sprintf("; the server listens on port %d of 127.0.0.1 alone: have it listen on every address, as 0.0.0.0", port)
	case len(ports) > 0:
		slices.Sort(ports)
		return nothing + ": the server listens on " + strings.Join(ports, ", ") + ": correct the port"
	case listening != nil:
		return nothing + ", nor on another one: check that the command starts the server, or give it more time with ready: {within: 1m}"
	}
	return nothing + ": check the port, and that the server listens on every address and not on 127.0.0.1 alone"
}

// endedStep says what to write where the main process ended instead of serving.
func endedStep(exit int, log string) string {
	switch {
	case strings.Contains(log, otherPlatform):
		return platformStep
	case exit == 0:
		return "; a server that goes into the background ends its container: have command start it in the foreground, as nginx -g 'daemon off;'"
	}
	return ""
}

// otherPlatform is what the kernel says of a program for another processor (ENOEXEC, execve(2)).
const otherPlatform = "exec format error"

const platformStep = "; the image is for another platform than this machine: give an image for this machine, or write platform: linux/amd64"
