package startup

import (
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/fixtures/target"
	"stalemate/fixtures/target/steps"
	"stalemate/reports/record"
	"stalemate/suites/plan"
)

func TestWhatOfAnImageMayBeInTheWay(t *testing.T) {
	g := NewWithT(t)
	one := &target.Target{RestartAs: pod.Host, Files: []target.File{{To: "/run/app.conf"}}, Certificates: []target.Certificate{{Cert: "/run/cert.pem"}},
		Leftovers: &target.Leftovers{Watch: []string{"/run", "/var/run"}}}
	s := &scenario{scenarioPod: &scenarioPod{StartUnit: plan.StartUnit{Target: one}},
		Scenario: &target.Scenario{Steps: []steps.Step{&steps.CopyFile{File: steps.File{To: "/run/copied.lock"}}, &steps.Start{}}}}
	pidFile, lock := record.Leftover{Kind: leftover.PIDFile, Name: "/run/app.pid"}, record.Leftover{Kind: leftover.Lock, Name: "/run/app.lock"}
	file := record.Leftover{Kind: leftover.File, Name: "/run/state"}
	s.fresh.found = []record.Leftover{
		{Kind: leftover.Directory, Name: "/run/app"}, {Kind: leftover.Symlink, Name: "/var/run"}, {Kind: leftover.File, Name: "/run/app.conf"},
		{Kind: leftover.File, Name: "/run/cert.pem"}, {Kind: leftover.Lock, Name: "/run/copied.lock"}, {Kind: leftover.SysVShm, Name: "id 3"}}
	g.Expect(s.suspects()).To(BeEmpty(), "what stalemate put there is no leftover of the image")
	none := s.fresh.found
	s.fresh.found = append(none, pidFile, lock)
	g.Expect(s.suspects()).To(Equal([][]record.Leftover{{pidFile, lock}}))
	s.fresh.found = append(none, file, pidFile)
	g.Expect(s.suspects()).To(Equal([][]record.Leftover{{pidFile}, {file, pidFile}}), "first what looks like a leftover, then every file")
	s.fresh.found = append(none, file)
	g.Expect(s.suspects()).To(Equal([][]record.Leftover{{file}}))
}
