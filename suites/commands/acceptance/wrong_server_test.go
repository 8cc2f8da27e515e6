package acceptance_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// A server that is not as its target file says must be told, and by how much.

func TestKeepAliveLongerThanDeclaredFails(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := fixturesCopy(t, "apache/httpd.conf", "KeepAliveTimeout 3", "KeepAliveTimeout 30")
	e := check(t, binary(t), "-f", filepath.Join(dir, "apache-prefork"), "--only", "apache-prefork/web/http.keep-alive")
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("apache-prefork/web/http.keep-alive/silent"), ContainSubstring("KeepAliveTimeout"),
		ContainSubstring("never"), ContainSubstring("open at 20 s"), ContainSubstring("3 s")))
}

func TestKeepAliveShorterThanDeclaredIsEarly(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := fixturesCopy(t, "apache/httpd.conf", "KeepAliveTimeout 3", "KeepAliveTimeout 1")
	e := check(t, binary(t), "-f", filepath.Join(dir, "apache-prefork"), "--only", "apache-prefork/web/http.keep-alive")
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("early"), MatchRegexp(`measured (0\.9|1\.)`), ContainSubstring("KeepAliveTimeout")))
}

func TestServerWithoutListenersIsInconclusiveAndHidesNothing(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	dir := fixturesCopy(t, "apache/httpd.conf", "Listen ", "#Listen ")
	e := check(t, binary(t), "-f", filepath.Join(dir, "apache-prefork"), "-f", filepath.Join(dir, "nginx"), "--only", "*/http.keep-alive")
	g.Expect(e.exit).To(Equal(3), e.out+e.errOut)
	junit, err := os.ReadFile(filepath.Join(e.dir, "junit.xml"))
	g.Expect(err).NotTo(HaveOccurred())
	for _, listener := range []string{"web", "tls12", "tls13"} {
		g.Expect(string(junit)).To(ContainSubstring(`classname="timeouts.apache-prefork" name="` + listener + `/http.keep-alive/silent"`))
		g.Expect(string(junit)).To(ContainSubstring(`classname="timeouts.nginx" name="` + listener + `/http.keep-alive/silent"`))
	}
	g.Expect(e.out).To(ContainSubstring("apache-prefork"))
}
