package acceptance_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// dying is nginx that ends by itself while connections are held: all of them end with it, before their limit.
const dying = `version: 1
name: dies
build: NGINX
command: [timeout, "15", nginx, -g, "daemon off;", -c, /etc/nginx/nginx.conf]
capacity: 100
listeners:
  web: {port: 80, proto: http, stages: [http.headers]}
ready: {listener: web, status: 200, within: 5s}
limits: {"*": {max: 20s}}
`

// A server that dies under its holds has let go of all of them within any maximum, and is not green.
func TestAServerThatDiesUnderItsHoldsIsNotGreen(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	nginx, err := filepath.Abs(filepath.Join(moduleRoot, "fixtures", "nginx"))
	g.Expect(err).NotTo(HaveOccurred())
	file := filepath.Join(t.TempDir(), "target.yaml")
	g.Expect(os.WriteFile(file, []byte(dying), 0o644)).To(Succeed())
	replace(t, file, "NGINX", nginx)
	e := check(t, binary(t), "-f", file)
	g.Expect(e.exit).To(Equal(1), e.out+e.errOut)
	g.Expect(e.out).To(And(ContainSubstring("crashed  high  dies/web/http.headers/silent"), MatchRegexp(`main process, PID \d+ \(timeout\) exited with\s+status 124`)))
}
