package containers_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
)

// nginx runs the server of fixtures/nginx, whose client_header_timeout is 4 s.
func nginx(ctx context.Context) (*containers.Server, error) {
	return containers.Run(ctx, "",
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: "../fixtures/nginx"}),
		testcontainers.WithFiles(testcontainers.ContainerFile{
			HostFilePath: "../fixtures/nginx/nginx.conf", ContainerFilePath: "/etc/stalemate/nginx.conf",
		}),
		containers.WithCertificate("/etc/stalemate/server.crt", "/etc/stalemate/server.key", "shop.test"),
		containers.WithListener("web", 8080, "http"),
		containers.WithListener("tls", 4413, "https", containers.ServerName("shop.test")))
}

func ExampleRun() {
	ctx := context.Background()
	server, err := containers.Run(ctx, "",
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: "../fixtures/nginx"}),
		testcontainers.WithFiles(testcontainers.ContainerFile{
			HostFilePath: "../fixtures/nginx/nginx.conf", ContainerFilePath: "/etc/stalemate/nginx.conf",
		}),
		containers.WithCertificate("/etc/stalemate/server.crt", "/etc/stalemate/server.key", "shop.test"),
		containers.WithListener("web", 8080, "http"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(ctx)
	response, err := server.Get(ctx, "web", "/")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Status)
	// Prints: 200 OK
}

func ExampleServer_Hold() {
	ctx := context.Background()
	server, err := nginx(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(ctx)
	hold, err := server.Hold(ctx, "tls.client-hello", containers.OnListener("tls")) // stages.TLSClientHello
	if err != nil {
		fmt.Println(err)
		return
	}
	within, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	state := hold.AwaitWorker(within)
	fmt.Printf("%s: released by %s after %.0f s\n", hold, state.By, time.Duration(state.Released-state.Connected).Seconds())
	// Prints: nginx/tls/tls.client-hello/silent: released by fin after 4 s
}

func ExampleServer_StartWithPID() {
	ctx := context.Background()
	server, err := nginx(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(ctx)
	if err := server.Kill(ctx); err != nil {
		fmt.Println(err)
		return
	}
	state, err := server.StartWithPID(ctx, server.PID())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(state.Alive, state.Answers[0].Listener, state.Answers[0].OK)
	// Prints: true web true
}

// TestTheExamplesPrintWhatTheySay runs them: without an engine they cannot, so that go test only compiles them.
func TestTheExamplesPrintWhatTheySay(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	for _, example := range []struct {
		run    func()
		prints string
	}{
		{ExampleRun, "200 OK\n"},
		{ExampleServer_Hold, "nginx/tls/tls.client-hello/silent: released by fin after 4 s\n"},
		{ExampleServer_StartWithPID, "true web true\n"},
	} {
		g.Expect(printed(g, example.run)).To(Equal(example.prints))
	}
}

// printed is what a function prints.
func printed(g *WithT, run func()) string {
	reader, writer, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	before := os.Stdout
	os.Stdout = writer
	run()
	os.Stdout = before
	g.Expect(writer.Close()).To(Succeed())
	text, err := io.ReadAll(reader)
	g.Expect(err).NotTo(HaveOccurred())
	return string(text)
}
