package learn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"stalemate/reports/record"
)

// sections are the parts of a target file that are known before anything is held.
func (s *seen) sections() []section {
	if s.given {
		return nil
	}
	all := []section{{"listeners", s.listeners(s.offered())}, {"ready", s.ready()}}
	if slices.ContainsFunc(s.ports, func(p port) bool { return p.http }) {
		all = append(all, section{"request", s.paths.section()})
	}
	if s.oneAtATime {
		return append(all, section{"capacity", "capacity: 2 # the server serves one client after the other, and half of the capacity is held\n"})
	}
	return append(all, section{"capacity", fmt.Sprintf("capacity: %d # not measured; set how many connections the server serves at a time\n", fewAtOnce)})
}

// fewAtOnce is a capacity that every server has. stalemate holds half of it in one pod. Apache's event MPM starts with 50
// threads and keeps up to 75 spare ones. With more holds it starts more processes, ends them again, and closes their
// idle connections early.
const fewAtOnce = 60

// ready names the first listener that speaks HTTP, with the status of its answer, or else the first listener.
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
	kept, left := leaveOut(found, s.offered()) // which marks them in found
	// The server's own words are in comments only, where its secrets are hidden. The rest must stay YAML. It has no
	// secrets: a person or learn wrote it.
	if !s.given {
		text = strings.Replace(text, s.listeners(s.offered()), comments("", d.hide.all(left))+s.listeners(kept), 1)
	}
	if !strings.Contains(text, modeline) {
		out.WriteString(schemaComment)
	}
	out.WriteString(comments("", d.hide.all(append(s.preamble(o, found), unmeasured(found)...))))
	out.WriteString(text)
	if s.restart.failed == "" {
		out.WriteString(d.missing(section{"leftovers", s.restart.leftovers()}))
	}
	out.WriteString(d.missing(
		section{"reviewed", "reviewed: false # remove this line when you have looked at the limits\n"},
		section{"cap", fmt.Sprintf("cap: %s\n", shortest(found, o))}))
	out.WriteString("limits:\n")
	if s.given && len(left) > 0 {
		out.WriteString(comments("  ", d.hide.all(append([]string{"These stages could not be held, and check says inconclusive. Give the listener `stages:` without them."}, left...))))
	}
	out.WriteString(rules(found, s.server, o))
	return out.String()
}

// modeline begins a comment that names the schema of a file. Editors with the YAML language server read it.
const modeline = "# yaml-language-server: $schema="

const schemaComment = modeline + "target.schema.json\n# Your editor needs this file once: stalemate schema > target.schema.json\n"

// commentWidth is the longest line of a comment.
const commentWidth = 100

// longestComment bounds one comment, in bytes.
const longestComment = 1500

// comments writes each text as a comment. Its further lines are indented. The server chooses the titles of its processes and the
// names of its files: none of their characters may end the comment, or make the file one that no YAML parser reads.
func comments(indent string, texts []string) string {
	b := &strings.Builder{}
	for _, text := range texts {
		line := indent + "#"
		for i, word := range strings.Fields(record.Shorten(record.Clean(text), longestComment)) {
			if i > 0 && len(line)+1+len(word) > commentWidth {
				b.WriteString(line + "\n")
				line = indent + "#  "
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// preamble says where the file comes from, and what stalemate saw.
func (s *seen) preamble(o Options, found []finding) []string {
	lines := []string{fmt.Sprintf("Written by `stalemate learn` on %s. It held each cell %d times, for at most %s.",
		o.Now.UTC().Format("2006-01-02"), o.Repeats, o.Cap)}
	server := s.server.header
	if s.server.name != "" {
		server = strings.TrimSpace(s.server.name + " " + strings.TrimSpace("("+server+")"))
		server = strings.ReplaceAll(server, " ()", "")
	}
	if server == "" {
		server = "not known to stalemate, so no directives are named"
	}
	lines = append(lines, "Server: "+server+".")
	for _, p := range s.ports {
		lines = append(lines, strings.ToUpper(p.String()[:1])+p.String()[1:]+".")
	}
	for _, l := range s.loopback {
		lines = append(lines, fmt.Sprintf("Left out: %s listens on %s port %d. No client outside the container can reach that.", l.Comm, l.Address, l.Port))
	}
	if s.restart.failed == "" {
		lines = append(lines, fmt.Sprintf("stalemate killed the server and started it again as PID %d, %d times. It answered each time.", s.restart.pid, s.restart.number))
	} else {
		lines = append(lines, fmt.Sprintf("WEAKNESS, critical: stalemate killed the server and started it again as PID %d. Start %d failed: %s", s.restart.pid, s.restart.number, s.restart.failed))
	}
	if len(s.restart.leaves) > 0 {
		const most = 12
		shown := s.restart.leaves[:min(most, len(s.restart.leaves))]
		lines = append(lines, "Left behind by the killed server: "+strings.Join(shown, ", ")+".")
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

// shortest is the shortest cap that is long enough for every limit.
func shortest(found []finding, o Options) string {
	needed := o.Cap.Seconds()
	for _, f := range found {
		if f.outcome == bounded || f.outcome == atMost {
			needed = max(needed, f.seconds+f.granularity)
		}
		if f.outcome == lasting && f.timed() && !f.waived(o) {
			needed = max(needed, f.armed.seconds+f.armed.granularity)
		}
	}
	return duration(capFor(needed))
}

// capFor is a cap, in seconds, with room for the tolerance of a limit of that length.
func capFor(needed float64) float64 { return math.Ceil(needed*1.05 + 2) }
