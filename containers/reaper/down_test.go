package reaper

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// An engine that was killed leaves its socket, which refuses every connection, and is back later.
func TestAnEngineThatIsDownAtTheFirstQuestionIsReachedWhenItIsBack(t *testing.T) {
	g := NewWithT(t)
	socket := filepath.Join(t.TempDir(), "docker.sock")
	dead, err := net.Listen("unix", socket)
	g.Expect(err).NotTo(HaveOccurred())
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	g.Expect(dead.Close()).To(Succeed())
	t.Setenv("DOCKER_HOST", "unix://"+socket)

	ended := make(chan error, 1)
	go func() {
		ended <- Reap(t.Context(), "r", "unix://"+socket, strings.NewReader(`{"stop": true}`), 20*time.Second)
	}()
	g.Consistently(ended, 2*betweenSweeps).ShouldNot(Receive(), "there is no engine yet")

	again, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket + ".new", Net: "unix"})
	g.Expect(err).NotTo(HaveOccurred())
	var removed atomic.Bool
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.44")
		w.Header().Set("Content-Type", "application/json")
		answer := `{"OSType": "linux", "ApiVersion": "1.44", "Version": "back"}`
		switch {
		case r.Method == http.MethodDelete:
			removed.Store(true)
			w.WriteHeader(http.StatusNoContent)
			return
		case strings.HasSuffix(r.URL.Path, "/networks") && !removed.Load():
			answer = `[{"Id": "left", "Name": "left"}]`
		case strings.HasSuffix(r.URL.Path, "/containers/json"), strings.HasSuffix(r.URL.Path, "/networks"):
			answer = `[]`
		}
		_, _ = w.Write([]byte(answer)) // the client may have gone
	})}
	go func() { _ = server.Serve(again) }() // returns when the server is closed
	defer server.Close()
	g.Expect(os.Rename(socket+".new", socket)).To(Succeed())
	g.Eventually(ended, 15*time.Second).Should(Receive(BeNil()))
	g.Expect(removed.Load()).To(BeTrue())
}
