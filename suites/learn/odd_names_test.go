package learn

import (
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/containers/inspect"
	"stalemate/fixtures/target"
)

// TestOddNamesLoseNothing: a server chooses the titles of its processes and the names of its files. One with a control character
// made the file invalid after minutes of work, and one with a line end wrote a key into it.
func TestOddNamesLoseNothing(t *testing.T) {
	g := NewWithT(t)
	const odd = "a\ncap: 1s\n\x1b]0;b\x07\x00\u2028\ufffe\x9b# c"
	text, err := concluded(t, of(t, "image: example/edge:1\n"), func(s *seen, found []finding) {
		s.server.header = "Edge " + odd
		s.loopback = []inspect.Listener{{Comm: odd, Address: "127.0.0.1", Port: 1}}
		s.ports[0].comm = odd
		s.restart = restart{pid: forcedPID, number: restarts, leaves: []string{"file /run/" + odd}, daemon: "/run/x.pid", before: odd}
		found[0].outcome, found[0].why = unknown, "the server answered "+odd
	})
	g.Expect(err).NotTo(HaveOccurred())
	learnt, err := target.Parse("x", []byte(text), os.LookupEnv)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(learnt.Cap).To(BeNumerically(">", time.Second))
	g.Expect(text).NotTo(MatchRegexp("[\x00-\x08\x0b-\x1f\x7f-\u009f\u2028\ufffe]"))
}
