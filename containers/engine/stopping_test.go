package engine

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

// stalemate removes an attacker that it ends. One that has ended and is there was stopped by the engine, and so perhaps the server.
func TestAnEngineThatStopsItsContainersIsSeen(t *testing.T) {
	for state, want := range map[string]string{"running": "", "exited": "has stopped other containers of the run"} {
		t.Run(state, func(t *testing.T) {
			g := NewWithT(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				g.Expect(r.URL.Query().Get("filters")).To(ContainSubstring(LabelRole + "=" + RoleAttacker))
				_, _ = w.Write([]byte(`[{"Id": "a", "State": "` + state + `"}]`)) // the client may have gone
			}))
			api, err := client.New(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersion("1.44"))
			g.Expect(err).NotTo(HaveOccurred())
			e := &Engine{client: api}
			defer e.Close()
			if want == "" {
				g.Expect(e.Stopping(t.Context(), "r")).To(Succeed())
			} else {
				g.Expect(e.Stopping(t.Context(), "r")).To(MatchError(ContainSubstring(want)))
			}
			server.Close()
			g.Expect(e.Stopping(t.Context(), "r")).To(MatchError(ContainSubstring("does not answer")))
		})
	}
}
