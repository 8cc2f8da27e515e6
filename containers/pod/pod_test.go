package pod_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/containers/pod"
	"stalemate/reports/record"
)

// testWithin bounds one test, with the build of the base image.
const testWithin = 5 * time.Minute

// dockerfile builds the server of these tests: Debian's Apache in the foreground. EXPOSE is there to see that no port is published.
const dockerfile = `ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends apache2 procps util-linux && rm -rf /var/lib/apt/lists/*
RUN echo "ServerName localhost" >> /etc/apache2/apache2.conf && mkdir -p /run/apache2
ENV APACHE_RUN_DIR=/run/apache2 APACHE_LOCK_DIR=/run/apache2 APACHE_LOG_DIR=/var/log/apache2 APACHE_PID_FILE=/run/apache2/apache2.pid APACHE_RUN_USER=www-data APACHE_RUN_GROUP=www-data
EXPOSE 80
CMD ["apache2", "-D", "FOREGROUND"]
`

// bench has what every test needs: an engine, the images, and the events.
type bench struct {
	engine *engine.Engine
	spec   pod.Spec
	mu     sync.Mutex
	events []record.Event
}

// newBench connects to the engine and builds the images.
func newBench(t testing.TB) (context.Context, *bench) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(context.Background(), testWithin)
	t.Cleanup(cancel)
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = e.Close() })
	store := image.New(e, func(line string) { t.Log(line) })
	helper, err := store.Helper(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	folder := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o600)).To(Succeed())
	target, err := store.Target(ctx, image.Source{Build: folder})
	g.Expect(err).NotTo(HaveOccurred())
	id := make([]byte, 6)
	_, err = rand.Read(id)
	g.Expect(err).NotTo(HaveOccurred())
	return ctx, &bench{engine: e, spec: pod.Spec{
		Run: hex.EncodeToString(id), Name: "apache", Image: target.Ref, Helper: helper,
	}}
}

// start starts the bench's pod. The test's cleanup removes it.
func (b *bench) start(ctx context.Context, t testing.TB) *pod.Pod {
	t.Helper()
	p, err := pod.Start(ctx, b.engine, b.spec, b.record)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { NewWithT(t).Expect(p.Close(context.Background())).To(Succeed()) })
	return p
}

func (b *bench) record(e record.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *bench) kinds() []record.Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []record.Kind
	for _, e := range b.events {
		out = append(out, e.Kind)
	}
	return out
}

// inspectNothing are the default options.
var inspectNothing = client.ContainerInspectOptions{}

// topOptions ask for full command lines.
var topOptions = client.ContainerTopOptions{Arguments: []string{"-ef"}}

func number(n int) string { return strconv.Itoa(n) }
