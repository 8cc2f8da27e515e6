package attackers

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record/wire"
)

func TestAskAnswersEachRequestInOrder(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	var in, out bytes.Buffer
	for _, path := range []string{"/a", "/b", "/c"} {
		g.Expect(json.NewEncoder(&in).Encode(wire.ProbeRequest{Address: address, Request: wire.Request{Path: path}})).To(Succeed())
	}
	g.Expect(Ask(t.Context(), &in, &out)).To(Succeed())
	decoder := json.NewDecoder(&out)
	for _, path := range []string{"/a", "/b", "/c"} {
		var result wire.ProbeResult
		g.Expect(decoder.Decode(&result)).To(Succeed())
		g.Expect(result).To(And(HaveField("OK", true), HaveField("Body", path)))
	}
	g.Expect(Ask(t.Context(), strings.NewReader("{}\n"), &out)).To(MatchError(ContainSubstring("no address")))
	g.Expect(Ask(t.Context(), strings.NewReader("x"), &out)).To(MatchError(ContainSubstring("read a probe request")))
}
