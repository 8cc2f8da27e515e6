package learn

import (
	"strings"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
)

// server is one that we know, and its directives.
type server struct {
	name     string            // "" where it is not known
	header   string            // its Server header
	sets     map[string]string // what sets the limit of a stage, or of a group of stages
	bounds   map[string]string // what would bound a trickle there
	restarts []string          // groups in which each byte is known to start the limit anew
}

// servers are recognised by the name of the process or by the first word of the Server header.
var servers = []struct {
	names []string
	server
}{
	// Apache 2.4, core and mod_reqtimeout: Timeout counts each read and write. handshake= exists since 2.4.39 and is off by default.
	{[]string{"apache2", "httpd", "apache"}, server{
		name: "Apache",
		sets: map[string]string{"tls": "Timeout", "established": "RequestReadTimeout header=", "head": "RequestReadTimeout header=",
			"body": "RequestReadTimeout body=", "keep-alive": "KeepAliveTimeout", "response": "Timeout"},
		bounds:   map[string]string{"tls": "RequestReadTimeout handshake=", "head": "RequestReadTimeout header=", "body": "RequestReadTimeout body=", "response": "Timeout"},
		restarts: []string{"tls"},
	}},
	// nginx: client_header_timeout runs from the accept to the end of the head, the handshake included.
	{[]string{"nginx"}, server{
		name: "nginx",
		sets: map[string]string{"tls": "client_header_timeout", "established": "client_header_timeout", "head": "client_header_timeout",
			"body": "client_body_timeout", "keep-alive": "keepalive_timeout", "response": "send_timeout"},
		bounds: map[string]string{"tls": "client_header_timeout", "head": "client_header_timeout"},
	}},
	// HAProxy has no limit by default. client-hs exists since 2.9; before it timeout client counts, each byte anew.
	{[]string{"haproxy"}, server{
		name: "HAProxy",
		sets: map[string]string{"tls": "timeout client", "established": "timeout http-request", "head": "timeout http-request",
			"body": "timeout client", "keep-alive": "timeout http-keep-alive", "response": "timeout client"},
		bounds: map[string]string{"tls": "timeout client-hs", "head": "timeout http-request"},
	}},
	// lighttpd: its limits are per read or write and are looked at once a second.
	{[]string{"lighttpd"}, server{
		name: "lighttpd",
		sets: map[string]string{"tls": "server.max-read-idle", "established": "server.max-read-idle", "head": "server.max-read-idle",
			"body": "server.max-read-idle", "keep-alive": "server.max-keep-alive-idle", "response": "server.max-write-idle"},
	}},
}

// recognise tells a server by what its ports showed.
func recognise(ports []port) server {
	var found server
	for _, p := range ports {
		header := ""
		if values := p.headers["Server"]; len(values) > 0 {
			header = values[0]
		}
		said, _, _ := strings.Cut(strings.ToLower(header), "/")
		for _, s := range servers {
			for _, name := range s.names {
				if found.name == "" && (p.comm == name || said == name) {
					found = s.server
				}
			}
		}
		if found.header == "" {
			found.header = header
		}
	}
	return found
}

// group says which of a server's directives a stage depends upon.
func group(stage string) string {
	switch {
	case stage == stages.TLSEstablished:
		return "established"
	case strings.HasPrefix(stage, "tls."):
		return "tls"
	case stage == stages.HTTPBody, stage == stages.HTTPChunk, stage == stages.HTTPExpect100:
		return "body"
	case stage == stages.HTTPKeepAlive:
		return "keep-alive"
	case stage == stages.HTTPResponse:
		return "response"
	case strings.HasPrefix(stage, "http."):
		return "head"
	}
	return ""
}

// setBy names the directive that sets the limit of a stage, or "".
func (s server) setBy(stage string, overTLS bool) string {
	if stage == stages.TCPConnected {
		if overTLS {
			return s.sets["tls"]
		}
		return s.sets["head"]
	}
	return s.sets[group(stage)]
}

// wouldBound names the directive that would bound a trickle, or "".
func (s server) wouldBound(stage string) string { return s.bounds[group(stage)] }

// startsAnew says whether every byte is known to put the limit of a stage off.
func (s server) startsAnew(stage string, mode record.Mode) bool {
	if mode != record.Trickle {
		return false
	}
	for _, g := range s.restarts {
		if g == group(stage) {
			return true
		}
	}
	return false
}
