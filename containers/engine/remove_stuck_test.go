package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

// stuckEngine has pods of three containers each. A request about the inspector of a pod is answered when the pod's holder was
// killed: a target has stopped the inspector. Every removal in the pod "broken" fails.
type stuckEngine struct {
	pods []string

	mu    sync.Mutex
	freed map[string]chan struct{} // by pod
	calls []string
}

func newStuckEngine(pods ...string) *stuckEngine {
	s := &stuckEngine{pods: pods, freed: map[string]chan struct{}{}}
	for _, pod := range pods {
		s.freed[pod] = make(chan struct{})
	}
	return s
}

func (s *stuckEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/")
	words := strings.Split(path, "/")
	switch {
	case r.Method == http.MethodGet && path == "containers/json":
		answer(http.StatusOK, s.containers())
	case r.Method == http.MethodGet && path == "networks":
		var all []any
		for _, pod := range s.pods {
			all = append(all, map[string]string{"Id": pod, "Name": pod})
		}
		answer(http.StatusOK, all)
	case r.Method == http.MethodGet:
		answer(http.StatusOK, map[string]any{})
	default:
		pod, role, _ := strings.Cut(words[1], ".")
		s.note(r.Method + " " + words[1])
		switch {
		case words[0] == "containers" && role == RoleHolder && r.Method == http.MethodPost:
			close(s.freed[pod])
		case words[0] == "containers" && role == "inspector":
			select {
			case <-s.freed[pod]:
			case <-r.Context().Done():
				return
			}
		}
		if pod == "broken" && r.Method == http.MethodDelete {
			answer(http.StatusInternalServerError, map[string]string{"message": "this one cannot be removed"})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// containers lists the inspector of each pod first.
func (s *stuckEngine) containers() []any {
	var all []any
	for _, pod := range s.pods {
		for _, role := range []string{"inspector", RoleSandbox, RoleHolder} {
			mode := map[string]string{"inspector": "container:x", RoleHolder: "container:x"}[role]
			all = append(all, map[string]any{
				"Id": pod + "." + role, "State": "running", "HostConfig": map[string]string{"NetworkMode": mode},
				"Labels": map[string]string{LabelRun: "r", LabelPod: pod, LabelRole: role},
			})
		}
	}
	return all
}

func (s *stuckEngine) note(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

func sweepOf(t *testing.T, handler http.Handler) error {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	api, err := client.New(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersion("1.44"))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	e := &Engine{client: api}
	t.Cleanup(func() { _ = e.Close() })
	_, err = e.Sweep(t.Context(), make(client.Filters))
	return err
}

// A root target can stop what other containers have in its PID namespace. Only the end of the namespace frees them.
func TestARemovalFirstEndsThePIDNamespace(t *testing.T) {
	g := NewWithT(t)
	stuck := newStuckEngine("one", "two")
	g.Expect(sweepOf(t, stuck)).To(Succeed())
	for _, pod := range stuck.pods {
		killed := slices.Index(stuck.calls, "POST "+pod+".holder")
		g.Expect(killed).To(BeNumerically(">=", 0))
		g.Expect(slices.Index(stuck.calls, "DELETE "+pod+".inspector")).To(BeNumerically(">", killed))
		g.Expect(stuck.calls).To(ContainElements("DELETE "+pod+".holder", "DELETE "+pod+".sandbox", "DELETE "+pod))
	}
}

// Nothing that cannot be removed keeps what can, and the error names all of it.
func TestARemovalGoesOnAfterAFailure(t *testing.T) {
	g := NewWithT(t)
	stuck := newStuckEngine("broken", "sound")
	err := sweepOf(t, stuck)
	for _, role := range []string{"inspector", RoleSandbox, RoleHolder} {
		g.Expect(err).To(MatchError(ContainSubstring(fmt.Sprintf("remove container broken.%s: ", role))))
		g.Expect(stuck.calls).To(ContainElement("DELETE sound." + role))
	}
	g.Expect(err).To(MatchError(ContainSubstring("remove network broken: ")))
	g.Expect(stuck.calls).To(ContainElement("DELETE sound"))
}
