package learn

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// What servers say when they lack a variable. The name is in capitals, as nearly all are.
var (
	lacks = regexp.MustCompile(`\$?\{?\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b\}?["'` + "`" + `]?:?(?: environment)?(?: variable)?(?: is| was| must be)? ?(?i:not set|unset|not defined|undefined|required|missing|empty|mandatory|set\b|unbound variable|parameter not set|not found)`)
	needs = regexp.MustCompile(`(?i:missing|required|undefined|specify|set|need|provide|no)\b[^.\n]{0,60}?\b(?:(?i:environment variables?|variables?|env)\b[^A-Z\n]{0,20}?)["'` + "`" + `$({-]*\s*([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b`)
	item  = regexp.MustCompile(`(?m)^\s*[-*] ([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b`) // of a list of which one is needed
)

// What servers say when they do not reach another one.
var elsewhere = []*regexp.Regexp{
	regexp.MustCompile(`(?i)host not found in upstream "([a-z0-9][a-z0-9.-]*)(?::(\d+))?"`),                                                         // nginx
	regexp.MustCompile(`(?i)could not translate host name "([a-z0-9][a-z0-9.-]*)"()`),                                                               // libpq
	regexp.MustCompile(`(?i)(?:ENOTFOUND|EAI_AGAIN) ([a-z0-9][a-z0-9.-]*)(?::(\d+))?`),                                                              // node
	regexp.MustCompile(`(?i)dial tcp: lookup ([a-z0-9][a-z0-9.-]*)()`),                                                                              // Go
	regexp.MustCompile(`(?i)Unknown (?:MySQL server )?host:? '?([a-z0-9][a-z0-9.-]*)()`),                                                            // MySQL, Java
	regexp.MustCompile(`(?i)UnknownHostException: ([a-z0-9][a-z0-9.-]*)()`),                                                                         // Java
	regexp.MustCompile(`(?i)getaddrinfo(?: failed)?(?: for)? "?([a-z][a-z0-9.-]*)"?(?::(\d+))?(?: failed|:)`),                                       // PHP
	regexp.MustCompile(`(?i)could not (?:resolve|connect to) (?:host |server )?(?:name |address )?'?"?([a-z][a-z0-9-]*\d*)(?::(\d+))`),              // many
	regexp.MustCompile(`(?i)server at "([a-z][a-z0-9.-]*)"[^\n]*port (\d+) failed`),                                                                 // libpq
	regexp.MustCompile(`(?i)(?:resolve|resolving|reach|waiting for|connecting to|connect to) (?:host )?["']?(?:[a-z]+://)?([a-z][a-z0-9-]*):(\d+)`), // many
}

// usualPorts are those of servers that are known by their host name.
var usualPorts = []struct{ name, port string }{
	{"mysql", "3306"}, {"maria", "3306"}, {"postgres", "5432"}, {"pg", "5432"}, {"redis", "6379"}, {"mongo", "27017"}, {"memcache", "11211"},
	{"rabbit", "5672"}, {"elastic", "9200"},
}

// proposal is what a partial target file may have to say.
type proposal struct {
	env      []string
	services []service
}

type service struct{ name, port string }

// notServices are hosts that are the server's own.
var notServices = []string{"localhost", "the", "a", "server", "host", "database"}

// propose reads in the server's last words what it lacks.
func propose(log string) proposal {
	var p proposal
	lists := strings.Contains(log, "one of the following") || strings.Contains(log, "specify one of")
	for _, pattern := range []*regexp.Regexp{lacks, needs, item} {
		if pattern == item && !lists {
			continue
		}
		for _, m := range pattern.FindAllStringSubmatch(log, -1) {
			if !slices.Contains(p.env, m[1]) {
				p.env = append(p.env, m[1])
			}
		}
	}
	for _, pattern := range elsewhere {
		for _, m := range pattern.FindAllStringSubmatch(log, -1) {
			name := strings.ToLower(strings.TrimRight(m[1], ".-"))
			if slices.Contains(notServices, name) || slices.ContainsFunc(p.services, func(s service) bool { return s.name == name }) {
				continue
			}
			p.services = append(p.services, service{name, portOf(name, m[2])})
		}
	}
	return p
}

// portOf is the port that the log names, or the usual one of such a server. It is "" if neither is known.
func portOf(name, said string) string {
	for _, u := range usualPorts {
		if said == "" && strings.Contains(name, u.name) {
			said = u.port
		}
	}
	return said
}

// String is the part of a target file to begin with. It is "" if nothing was found.
func (p proposal) String() string {
	b := &strings.Builder{}
	if len(p.env) > 0 {
		b.WriteString("  env:\n")
		for _, name := range p.env {
			fmt.Fprintf(b, "    %s: \"...\"\n", name)
		}
	}
	if len(p.services) > 0 {
		b.WriteString("  services:\n")
		for _, s := range p.services {
			port := s.port
			if port == "" {
				port = "PORT"
			}
			fmt.Fprintf(b, "    %s: {image: IMAGE, ready: {port: %s}}\n", s.name, port)
		}
	}
	return b.String()
}

// advise says what to write where a server ended or does not listen. It is "" if its last words do not tell.
func advise(log string, o Options) string {
	text := propose(log).String()
	if text == "" {
		return ""
	}
	file, begins := o.Partial, "with "
	if file == "" {
		file, begins = "partial.yaml", fmt.Sprintf("with image: %q and ", o.Image)
	}
	return fmt.Sprintf("\nThe log names what the server lacks. Write a file %s %sthese keys:\n%sThen type: stalemate learn -f %s -o target.yaml", file, begins, text, file)
}
