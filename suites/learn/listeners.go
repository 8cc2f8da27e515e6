package learn

import (
	"fmt"
	"slices"
	"strings"

	"stalemate/attackers/stages"
)

// listener is one entry under listeners. A port with both versions of TLS has two.
type listener struct {
	name, proto, tls string
	port             port
	upgrade          *upgrade
}

func (s *seen) entries() []listener {
	var all []listener
	count := map[string]int{}
	for _, p := range s.ports {
		kinds := []listener{{name: "tcp", proto: "tcp"}}
		switch {
		case len(p.tls) > 0:
			kinds = nil
			for _, version := range p.tls {
				l := listener{name: "tls" + strings.ReplaceAll(version, ".", ""), proto: "tls", tls: version}
				if p.http {
					l.proto = "https"
				}
				kinds = append(kinds, l)
			}
		case p.http:
			kinds = []listener{{name: "web", proto: "http"}}
		}
		if p.upgrade != nil {
			for _, version := range p.upgrade.versions {
				kinds = append(kinds, listener{name: "starttls" + strings.ReplaceAll(version, ".", ""), proto: "tls", tls: version, upgrade: p.upgrade})
			}
		}
		for _, l := range kinds {
			if count[l.name]++; count[l.name] > 1 {
				l.name = fmt.Sprintf("%s-%d", l.name, p.number)
			}
			l.port = p
			all = append(all, l)
		}
	}
	return all
}

// listeners writes the key. kept has the listeners that cannot have all stages, and the stages that they have.
func (s *seen) listeners(kept map[string][]string) string {
	b := &strings.Builder{}
	b.WriteString("listeners:\n")
	for _, l := range s.entries() {
		fmt.Fprintf(b, "  %s: {port: %d, proto: %s", l.name, l.port.number, l.proto)
		if l.tls != "" {
			fmt.Fprintf(b, ", tls: %q", l.tls)
		}
		if mine := kept[l.name]; len(mine) > 0 && !byDefault(l.proto, mine) {
			fmt.Fprintf(b, ", stages: [%s]", strings.Join(mine, ", "))
		}
		switch {
		case l.upgrade != nil:
			b.WriteString(", preface: " + yamlSteps(l.upgrade.steps))
		case l.port.upgrade != nil && len(l.port.upgrade.hello) > 0:
			b.WriteString(", conversations: {banner: [{expect: \"(?s).\"}], hello: " + yamlSteps(l.port.upgrade.hello) + "}")
		case l.port.spoken != nil && l.proto == "tcp":
			b.WriteString(l.port.spoken.conversations())
		case l.port.banner:
			b.WriteString(", conversations: {banner: [{expect: \"(?s).\"}]}")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// offered names, for each listener that may have more stages than a file has by default, the stages to hold: whether the server
// offers HTTP/2 and asks for client certificates shows when they are held. HTTP/2 is held over the newest version of TLS alone.
func (s *seen) offered() map[string][]string {
	all := map[string][]string{}
	if s.given { // the person has said which stages they have
		return all
	}
	newest := map[int]string{}
	entries := s.entries()
	for _, l := range entries {
		if l.tls != "" {
			newest[l.port.number] = l.name
		}
	}
	for _, l := range entries {
		if l.tls == "" {
			continue
		}
		for _, stage := range stages.For(l.proto) {
			more := stage.Name == stages.TLSClientCertificate || strings.HasPrefix(stage.Name, "h2.") && newest[l.port.number] == l.name
			if more || stage.Presence == stages.ByDefault {
				all[l.name] = append(all[l.name], stage.Name)
			}
		}
	}
	return all
}

// byDefault says whether the list has all stages that a listener of this protocol has by default, and no other.
func byDefault(proto string, list []string) bool {
	var all []string
	for _, stage := range stages.For(proto) {
		if stage.Presence == stages.ByDefault {
			all = append(all, stage.Name)
		}
	}
	return slices.Equal(all, list)
}
