package engine

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

// slowRemover is an engine that has been asked by another process to remove "first", and is slow about it.
type slowRemover struct {
	mu    sync.Mutex
	asked []string
	gone  bool
	early bool // another removal began before "first" was removed
}

func (s *slowRemover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/containers/json"):
		host := struct{ NetworkMode string }{"a-network"}
		one := func(id string) map[string]any { return map[string]any{"Id": id, "HostConfig": host} }
		answer(http.StatusOK, []any{one("first"), one("second")})
	case strings.HasSuffix(r.URL.Path, "/wait"):
		removed := time.After(100 * time.Millisecond)
		<-removed
		s.mu.Lock()
		s.gone = r.URL.Query().Get("condition") == string(container.WaitConditionRemoved)
		s.mu.Unlock()
		answer(http.StatusOK, container.WaitResponse{})
	case r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, "/first"):
		answer(http.StatusConflict, map[string]string{"message": "removal of container first is already in progress"})
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		s.early = s.early || !s.gone
		s.asked = append(s.asked, r.URL.Path)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case strings.HasSuffix(r.URL.Path, "/networks"):
		answer(http.StatusOK, []any{})
	default:
		answer(http.StatusOK, map[string]any{})
	}
}

// Two containers of a pod must not leave its network at the same time, whoever removes them.
func TestARemovalWaitsForTheOneThatAnotherProcessHasBegun(t *testing.T) {
	g := NewWithT(t)
	remover := &slowRemover{}
	server := httptest.NewServer(remover)
	defer server.Close()
	api, err := client.New(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersion("1.44"))
	g.Expect(err).NotTo(HaveOccurred())
	e := &Engine{client: api}
	defer e.Close()
	g.Expect(e.Remove(t.Context(), make(client.Filters))).To(Succeed())
	g.Expect(remover.asked).To(HaveLen(1))
	g.Expect(remover.early).To(BeFalse(), "the second was removed before the removal of the first had ended")
}
