package learn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// sections are the parts of a target file that were found out before anything was held.
func (s *seen) sections() []section {
	if s.given {
		return nil
	}
	all := []section{{"listeners", s.listeners(nil)}, {"ready", s.ready()}}
	if slices.ContainsFunc(s.ports, func(p port) bool { return p.http }) {
		all = append(all, section{"request", "request: {path: /, body: /, large: /} # name what reads a body, and what is larger than 16 MiB, where there is such\n"})
	}
	return append(all, section{"capacity", fmt.Sprintf("capacity: %d # connections served at a time; not found out, so few are held at once\n", fewAtOnce)})
}

// fewAtOnce is a capacity that every server has: half of it is held in one pod. Apache's
// event MPM starts with 50 threads and keeps up to 75 spare ones; with more holds it starts processes that it
// ends again, and closes their idle connections early.
const fewAtOnce = 60

// listener is one entry under listeners; a port that takes both versions of TLS has two.
type listener struct {
	name, proto, tls string
	port             port
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

// listeners writes the key. Stages maps the listeners that cannot have all stages to those that they have.
func (s *seen) listeners(stages map[string][]string) string {
	b := &strings.Builder{}
	b.WriteString("listeners:\n")
	for _, l := range s.entries() {
		fmt.Fprintf(b, "  %s: {port: %d, proto: %s", l.name, l.port.number, l.proto)
		if l.tls != "" {
			fmt.Fprintf(b, ", tls: %q", l.tls)
		}
		if mine := stages[l.name]; len(mine) > 0 {
			fmt.Fprintf(b, ", stages: [%s]", strings.Join(mine, ", "))
		}
		if l.port.banner {
			b.WriteString(", conversations: {banner: [{expect: \"(?s).\"}]}")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// ready names the first listener that speaks HTTP and what it answered, else the first of all.
func (s *seen) ready() string {
	entries := s.entries()
	for _, l := range entries {
		if l.port.http {
			return fmt.Sprintf("ready: {listener: %s, status: %d, within: 20s}\n", l.name, l.port.status)
		}
	}
	return fmt.Sprintf("ready: {listener: %s, within: 20s}\n", entries[0].name)
}

// write makes the target file.
func write(d *draft, s *seen, found []finding, o Options) string {
	out := &strings.Builder{}
	text := d.moved + d.added
	kept, left := leaveOut(found) // which marks them in found
	// What the server said is in comments alone, and there its secrets are hidden. The rest must stay YAML,
	// and has none: a person wrote it, or it is ours.
	if !s.given && len(left) > 0 {
		text = strings.Replace(text, s.listeners(nil), comments("", d.hide.all(left))+s.listeners(kept), 1)
	}
	out.WriteString(comments("", d.hide.all(append(s.preamble(o, found), unmeasured(found)...))))
	out.WriteString(text)
	if s.restart.failed == "" {
		out.WriteString(d.missing(section{"leftovers", fmt.Sprintf("leftovers: {pid: %d, cycles: %d}\n", s.restart.pid, restarts)}))
	}
	out.WriteString(d.missing(
		section{"reviewed", "reviewed: false # nobody has looked at these limits yet; remove this line when you have\n"},
		section{"cap", fmt.Sprintf("cap: %s\n", shortest(found, o))}))
	out.WriteString("limits:\n")
	if s.given && len(left) > 0 {
		out.WriteString(comments("  ", d.hide.all(append([]string{"These could not be held and will be inconclusive; give their listener `stages:` without them."}, left...))))
	}
	out.WriteString(rules(found, s.server, o))
	return out.String()
}

func comments(indent string, lines []string) string {
	b := &strings.Builder{}
	for _, l := range lines {
		fmt.Fprintf(b, "%s# %s\n", indent, strings.Join(strings.Fields(l), " "))
	}
	return b.String()
}

// preamble says where the file comes from and what was seen.
func (s *seen) preamble(o Options, found []finding) []string {
	lines := []string{fmt.Sprintf("Written by `stalemate learn` on %s, from %d holds of each cell, watched for %s each.",
		o.Now.UTC().Format("2006-01-02"), o.Repeats, o.Cap)}
	server := s.server.header
	if s.server.name != "" {
		server = strings.TrimSpace(s.server.name + " " + strings.TrimSpace("("+server+")"))
		server = strings.ReplaceAll(server, " ()", "")
	}
	if server == "" {
		server = "not recognised, so that no directives are named"
	}
	lines = append(lines, "Server: "+server+".")
	for _, p := range s.ports {
		lines = append(lines, strings.ToUpper(p.String()[:1])+p.String()[1:]+".")
	}
	for _, l := range s.loopback {
		lines = append(lines, fmt.Sprintf("Left out: %s listens on the loopback only, %s port %d.", l.Comm, l.Address, l.Port))
	}
	if s.restart.failed == "" {
		lines = append(lines, fmt.Sprintf("Killed and started again as PID %d, %d times: it answers each time.", s.restart.pid, s.restart.number))
	} else {
		lines = append(lines, fmt.Sprintf("WEAKNESS, critical: killed and started again as PID %d, start %d: %s", s.restart.pid, s.restart.number, s.restart.failed))
	}
	if len(s.restart.leaves) > 0 {
		const most = 12
		shown := s.restart.leaves[:min(most, len(s.restart.leaves))]
		lines = append(lines, "It leaves behind: "+strings.Join(shown, ", ")+".")
		if more := len(s.restart.leaves) - len(shown); more > 0 {
			lines = append(lines, fmt.Sprintf("And %d more.", more))
		}
	}
	for _, f := range found {
		if f.outcome == notApplicable && f.cell.Mode == record.Silent {
			lines = append(lines, fmt.Sprintf("Not applicable: %s/%s: %s.", f.cell.Listener.Name, f.cell.Stage.Name, f.why))
		}
	}
	return lines
}

// shortest is a cap that is long enough for every limit: a run is no longer than it must be.
func shortest(found []finding, o Options) string {
	needed := o.Cap.Seconds()
	for _, f := range found {
		if f.outcome == bounded {
			needed = max(needed, f.seconds+f.granularity)
		}
	}
	return duration(capFor(needed))
}

// capFor is a cap that leaves room for the tolerance of a limit of so many seconds.
func capFor(needed float64) float64 { return math.Ceil(needed*1.05 + 2) }
