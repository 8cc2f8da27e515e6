package engine

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
)

func TestImageNamesAreThoseOfTheUser(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`[{"RepoTags": ["shop:2", "shop:1"]}, {"RepoTags": ["<none>:<none>"]}, {"RepoTags": null},
			{"RepoTags": ["stalemate/helper:1f2e", "edge:1"]}]`))
	}))
	defer server.Close()
	api, err := client.New(client.WithHost("tcp://"+server.Listener.Addr().String()), client.WithAPIVersion("1.44"))
	g.Expect(err).NotTo(HaveOccurred())
	e := &Engine{client: api}
	defer e.Close()
	g.Expect(e.ImageNames(t.Context())).To(Equal([]string{"edge:1", "shop:1", "shop:2"}))
}
