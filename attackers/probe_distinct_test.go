package attackers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

// TestDistinct asks a server whose workers take turns until each has answered.
func TestDistinct(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values int
		within time.Duration
		lines  int
	}{
		"all answer":         {7, 10 * time.Second, 7},
		"one is never heard": {8, 300 * time.Millisecond, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Child", fmt.Sprint(100+asked.Add(1)/3%7))
			}))
			defer server.Close()
			ask := wire.ProbeRequest{Address: strings.TrimPrefix(server.URL, "http://"), Within: c.within, Distinct: &wire.Distinct{Header: "X-Child", Values: c.values}}
			line, err := json.Marshal(ask)
			g.Expect(err).NotTo(HaveOccurred())
			var out bytes.Buffer
			g.Expect(Probe(t.Context(), bytes.NewReader(line), &out)).To(Succeed())
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			g.Expect(lines).To(HaveLen(c.lines), "one for each new worker, and the last")
			workers := map[string]bool{}
			for _, line := range lines {
				var res wire.ProbeResult
				g.Expect(json.Unmarshal([]byte(line), &res)).To(Succeed())
				if res.OK {
					workers[res.Headers["X-Child"][0]] = true
				}
			}
			g.Expect(workers).To(HaveLen(7))
		})
	}
	NewWithT(t).Expect(checkDistinct(&wire.Distinct{Header: "X-Child"})).NotTo(Succeed())
}
