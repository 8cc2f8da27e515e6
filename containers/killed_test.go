package containers_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"
	"github.com/testcontainers/testcontainers-go"

	"stalemate/containers"
	"stalemate/containers/engine"
	"stalemate/containers/image"
)

// asVictim makes this test program one that is going to be killed. Its value is the folder of the image to run.
const asVictim = "STALEMATE_TEST_VICTIM"

// goneWithin is how long a killed test may leave anything behind.
const goneWithin = 30 * time.Second

func TestMain(m *testing.M) {
	if folder := os.Getenv(asVictim); folder != "" {
		fmt.Println("failed:", victim(folder))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// victim runs a server and parks a connection, says so, and waits for its end.
func victim(folder string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	server, err := containers.Run(ctx, "", testcontainers.WithDockerfile(testcontainers.FromDockerfile{Context: folder}),
		containers.WithListener("web", 8080, "http"))
	if err != nil {
		return err
	}
	if _, err := server.Hold(ctx, "http.headers"); err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return ctx.Err()
}

func TestNothingOutlivesAKilledTest(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a container engine")
	}
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	defer e.Close()
	helper, err := image.New(e, nil).Helper(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	// The pod is named after the folder.
	name := fmt.Sprintf("victim-%d", time.Now().UnixNano())
	folder := filepath.Join(t.TempDir(), name)
	g.Expect(os.Mkdir(folder, 0o700)).To(Succeed())
	dockerfile := "FROM " + helper + "\nCMD [\"pod\", \"canary\"]\n"
	g.Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o600)).To(Succeed())

	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), asVictim+"="+folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(cmd.Start()).To(Succeed())
	line, err := bufio.NewReader(out).ReadString('\n')
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(line).To(Equal("ready\n"))
	g.Expect(left(ctx, g, e, name)).To(ContainElements(HavePrefix("container"), HavePrefix("network")))
	g.Expect(syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)).To(Succeed())
	_ = cmd.Wait()
	g.Eventually(func() []string { return left(ctx, g, e, name) }, goneWithin, 200*time.Millisecond).Should(BeEmpty())
}

// left lists what the engine has of a pod.
func left(ctx context.Context, g *WithT, e *engine.Engine, pod string) []string {
	filters := make(client.Filters).Add("label", engine.LabelPod+"="+pod)
	var all []string
	list, err := e.Client().ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	g.Expect(err).NotTo(HaveOccurred())
	for _, c := range list.Items {
		all = append(all, "container "+c.Names[0])
	}
	networks, err := e.Client().NetworkList(ctx, client.NetworkListOptions{Filters: filters})
	g.Expect(err).NotTo(HaveOccurred())
	for _, n := range networks.Items {
		all = append(all, "network "+n.Name)
	}
	return all
}
