package acceptance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// debianApache is Apache as Debian configures it, with TLS switched on as its documentation says.
const debianApache = `ARG BASE
FROM ${BASE}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends apache2 ssl-cert && rm -rf /var/lib/apt/lists/* \
 && a2enmod ssl && a2ensite default-ssl
CMD ["apachectl", "-DFOREGROUND"]
`

// TestLearnDebiansApacheThenCheck learns a server of which only its image is known, and checks it with the file that was written.
func TestLearnDebiansApacheThenCheck(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	path, dir := binary(t), t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(dir, "image"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "image", "Dockerfile"), []byte(debianApache), 0o644)).To(Succeed())
	partial, file := filepath.Join(dir, "partial.yaml"), filepath.Join(dir, "learnt.yaml")
	g.Expect(os.WriteFile(partial, []byte("version: 1\nname: debian-apache\nbuild: image\n"), 0o644)).To(Succeed())

	e := run(t, path, "learn", "-f", partial, "-o", file)
	g.Expect(e.exit).To(Equal(0), e.out+e.errOut)
	raw, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	text := string(raw)
	g.Expect(text).To(And(ContainSubstring("reviewed: false"), ContainSubstring("Server: Apache"),
		ContainSubstring("tls12: {port: 443, proto: https"), ContainSubstring("web: {port: 80, proto: http")), text)
	g.Expect(ruleOf(text, "tls.server-hello")).To(And(ContainSubstring("at_least: 20s"), ContainSubstring("Timeout")), text)
	g.Expect(ruleOf(text, "tls.client-hello/trickle")).To(And(ContainSubstring("unbounded"), ContainSubstring("RequestReadTimeout handshake=")), text)
	g.Expect(ruleOf(text, "http.keep-alive")).To(And(ContainSubstring("idle: 5s"), ContainSubstring("KeepAliveTimeout")), text)

	c := check(t, path, "-f", file)
	g.Expect(c.exit).To(Equal(0), text+c.out+c.errOut)
}

// ruleOf gives the first line of limits whose pattern has that text.
func ruleOf(text, pattern string) string {
	for line := range strings.Lines(text) {
		if head, rule, ok := strings.Cut(line, `":`); ok && strings.Contains(head, pattern) {
			return rule
		}
	}
	return ""
}
