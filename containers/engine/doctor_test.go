package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

// The engine must remove the container if the doctor is interrupted, and the container must not join a network.
func TestTheProbeRemovesItselfAndJoinsNoNetwork(t *testing.T) {
	g := NewWithT(t)
	ctx, interrupt := context.WithCancel(t.Context())
	var asked struct {
		container.Config
		HostConfig container.HostConfig
	}
	var calls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.Method+" "+r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/create") {
			_ = json.NewDecoder(r.Body).Decode(&asked)
			interrupt()
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"Id": "probe"}`))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	api, err := client.New(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersion("1.44"))
	g.Expect(err).NotTo(HaveOccurred())
	e := &Engine{client: api}
	defer e.Close()
	g.Expect(e.tryPtrace(ctx, "helper")).To(Succeed())
	g.Expect(calls).To(Equal([]string{"POST create", "POST start", "DELETE probe"}))
	g.Expect(asked.HostConfig.AutoRemove).To(BeTrue())
	g.Expect(asked.NetworkDisabled).To(BeTrue())
	g.Expect(asked.Cmd).NotTo(ContainElement("pause"))
	g.Expect(e.tryPtrace(ctx, "helper")).To(MatchError(context.Canceled))
	g.Expect(calls).To(HaveLen(3))
}
