package learn

import (
	"os"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/fixtures/target"
	"stalemate/reports/record"
	"stalemate/reports/record/wire"
	"stalemate/suites/plan"
)

// TestAMailServerHasItsStagesBeforeAndAfterSTARTTLS reads the listeners that learn writes as a target file.
func TestAMailServerHasItsStagesBeforeAndAfterSTARTTLS(t *testing.T) {
	g := NewWithT(t)
	u := upgrades()[0]
	u.versions = []string{"1.2", "1.3"}
	s := &seen{ports: []port{{number: 25, banner: true, upgrade: &u}}}
	text := "version: 1\nname: mail\nimage: x\nlimits: {\"*\": {max: 1s}}\n"
	for _, section := range s.sections() {
		text += section.text
	}
	read, err := target.Parse("t.yaml", []byte(text), os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred(), text)
	g.Expect(read.Listeners).To(HaveLen(3))
	names := map[string]target.Listener{}
	for _, l := range read.Listeners {
		names[l.Name] = l
	}
	g.Expect(names["tcp"].Conversations).To(HaveLen(2), "the greeting, and the answer to EHLO")
	for name, version := range map[string]string{"starttls12": "1.2", "starttls13": "1.3"} {
		g.Expect(names[name].TLS).To(Equal(version))
		g.Expect(names[name].Proto).To(Equal("tls"))
		var said []wire.Step
		for _, step := range names[name].Preface {
			said = append(said, wire.Step{Expect: step.Expect, Send: step.Send})
		}
		g.Expect(said).To(Equal(u.steps), "what was tried is what is written")
	}
	_, err = plan.Make([]*target.Target{read}, plan.Selection{})
	g.Expect(err).NotTo(HaveOccurred())
}

// TestWhatTheServerDoesNotOfferIsNotWritten holds HTTP/2 and client certificates on every HTTPS port, and keeps those that exist.
func TestWhatTheServerDoesNotOfferIsNotWritten(t *testing.T) {
	s := &seen{ports: []port{{number: 443, http: true, tls: []string{"1.2", "1.3"}}}}
	g := NewWithT(t)
	offered := s.offered()
	g.Expect(offered["tls12"]).To(And(ContainElement("tls.client-certificate"), Not(ContainElement("h2.idle"))))
	g.Expect(offered["tls13"]).To(ContainElements("tls.client-certificate", "h2.idle"))
	for _, hasH2 := range []bool{false, true} {
		var found []finding
		for _, stage := range offered["tls13"] {
			c := cellOf(stage, record.Silent)
			c.Listener.Name = "tls13"
			f := finding{cell: c}
			if stage == "tls.client-certificate" || stage[:3] == "h2." && !hasH2 {
				f.outcome, f.why = notApplicable, "the server does not"
			}
			found = append(found, f)
		}
		kept, why := leaveOut(found, offered)
		g.Expect(why).To(BeEmpty())
		text := s.listeners(map[string][]string{"tls13": kept["tls13"]})
		if hasH2 {
			g.Expect(text).To(And(ContainSubstring("h2.idle"), Not(ContainSubstring("tls.client-certificate"))))
		} else {
			g.Expect(text).To(ContainSubstring("tls13: {port: 443, proto: https, tls: \"1.3\"}\n"), "the stages that every file has are not listed")
		}
	}
}

func TestPathsOfAPage(t *testing.T) {
	g := NewWithT(t)
	const page = `<a href="/big.iso">x</a> <img src=small.png> <a href='https://other.test/x'>y</a> <FORM method=post ACTION="/send#top"><a href="//cdn/x"><a href="/a b">`
	g.Expect(candidates(matches(links, page))).To(Equal([]string{"/big.iso", "/small.png", "/a"}))
	g.Expect(candidates(matches(forms, page))).To(Equal([]string{"/send"}))
	g.Expect(candidates([]string{"/a", "/a", "x\"y", "//evil"})).To(Equal([]string{"/a"}))
	g.Expect(paths{body: "/send", large: "/big.iso"}.section()).To(Equal("request: {path: /, body: \"/send\", large: \"/big.iso\"}\n"))
	g.Expect(paths{body: "/send"}.section()).To(ContainSubstring(`large: "/"} # large: a path that sends more than 16 MiB`))
}

func TestAServerThatASilentClientStarves(t *testing.T) {
	g := NewWithT(t)
	silent := wire.ProbeResult{T: at(0), EndT: at(3)}
	other := func(began float64, ok bool, class string) wire.ProbeResult {
		return wire.ProbeResult{T: at(began), OK: ok, ErrorClass: class}
	}
	g.Expect(starved(silent, []wire.ProbeResult{other(0.1, true, ""), other(0.5, false, "timeout"), other(1.5, false, "timeout")})).To(BeTrue(), "the first came too early")
	g.Expect(starved(silent, []wire.ProbeResult{other(0.5, false, "timeout"), other(1.5, true, "")})).To(BeFalse(), "one was served")
	g.Expect(starved(silent, []wire.ProbeResult{other(0.5, false, "timeout")})).To(BeFalse(), "one may have had bad luck")
	g.Expect(starved(silent, []wire.ProbeResult{other(0.5, false, "reset"), other(1.5, false, "reset")})).To(BeFalse(), "it answers")
	g.Expect(starved(silent, []wire.ProbeResult{other(0.5, false, "timeout"), other(2.5, false, "timeout")})).To(BeFalse(), "the second came too late")
	all := (&seen{oneAtATime: true, ports: []port{{number: 80, http: true}}}).sections()
	g.Expect(all[len(all)-1].text).To(HavePrefix("capacity: 2 "))
}

// TestTheDaemonBehindAnInit is proposed only if another process listens than the main one, and a pid file names it.
func TestTheDaemonBehindAnInit(t *testing.T) {
	g := NewWithT(t)
	left := []record.Leftover{{Kind: "file", Name: "/run/x"}, {Kind: "pid-file", Name: "/run/other.pid", Holds: 9}, {Kind: "pid-file", Name: "/run/nginx.pid", Holds: 4243}}
	behind := &seen{main: "tini", listening: map[int]string{4243: "nginx"}}
	g.Expect(behind.initBefore(4242)).To(Equal("tini"))
	g.Expect(pidFileOf(left, behind.listening)).To(Equal("/run/nginx.pid"))
	g.Expect(pidFileOf(left[:2], behind.listening)).To(BeEmpty())
	g.Expect((&seen{main: "nginx", listening: map[int]string{4242: "nginx"}}).initBefore(4242)).To(BeEmpty())
	g.Expect((&seen{main: "nginx", listening: map[int]string{4243: "nginx"}}).initBefore(4242)).To(BeEmpty(), "its worker")
	g.Expect(restart{pid: 4242, daemon: "/run/nginx.pid", before: "tini"}.leftovers()).To(HavePrefix("leftovers: {pid: 4242, cycles: 2, daemon: /run/nginx.pid} # tini "))
	g.Expect(restart{pid: 4242}.leftovers()).To(Equal("leftovers: {pid: 4242, cycles: 2}\n"))
}
