package learn

import (
	"cmp"
	"strings"

	"stalemate/attackers/stages"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

// server is one that stalemate knows, and its directives.
type server struct {
	name     string            // "" where it is not known
	header   string            // its Server header
	sets     map[string]string // what sets the limit of a stage, or of a group of stages
	bounds   map[string]string // what would bound a trickle there
	whole    bool              // its limits bound a trickle, too: they count from the beginning
	constant string            // why nothing sets its limits
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
				if found.name == "" && (p.comm == name || said == name || p.product == name && said == "") {
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
	case stage == stages.H2Body:
		return "body"
	case stage == stages.H2Idle:
		return "keep-alive"
	case strings.HasPrefix(stage, "http."), strings.HasPrefix(stage, "h2."):
		return "head"
	}
	return "session"
}

// setBy names the directive that sets the limit of a stage, or "".
func (s server) setBy(stage string, overTLS bool) string {
	if stage != stages.TCPConnected {
		return s.sets[group(stage)]
	}
	if overTLS {
		return s.sets["tls"]
	}
	return cmp.Or(s.sets["head"], s.sets["session"])
}

// remedy says what would end a connection that the server keeps at the cell's stage, as a clause. It is "" if that is not known.
func (s server) remedy(c *plan.Cell) string {
	overTLS := c.Listener.Proto == "https" || c.Listener.Proto == "tls"
	set, bound := s.setBy(c.Stage.Name, overTLS), s.bounds[group(c.Stage.Name)]
	by := cmp.Or(set, bound)
	if c.Mode == record.Trickle {
		by = bound
		if by == "" && s.whole {
			by = set
		}
	}
	switch {
	case by != "":
		return "set " + by + " to end it"
	case s.constant != "" && c.Mode != record.Trickle:
		return s.constant
	}
	return ""
}
