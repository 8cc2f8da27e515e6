package acceptance_test

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	. "github.com/onsi/gomega"

	"stalemate/containers/engine"
	"stalemate/containers/image"
	"stalemate/reports/record"
	"stalemate/suites/run"
)

// registryDockerfile is Debian's registry, open to whoever reaches it.
const registryDockerfile = `ARG BASE
FROM ${BASE}
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker-registry && rm -rf /var/lib/apt/lists/* \
 && printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: /var/lib/registry}}\nhttp: {addr: ":5000"}\n' > /etc/registry.yml
CMD ["docker-registry", "serve", "/etc/registry.yml"]
`

// releaseDockerfile stands in for a release of Apache: Debian's, laid out as the project's own images are, with the
// module of that release, and with or without the handshake timeout of it.
const releaseDockerfile = `ARG BASE
FROM ${BASE}
ARG MODULE
ARG DROPS
RUN mkdir -p /usr/local/apache2/logs && cp -r /usr/lib/apache2/modules /usr/local/apache2/modules \
 && cp /usr/lib/apache2/modules/${MODULE}.so /usr/local/apache2/modules/mod_auth_digest.so \
 && printf 'Include /etc/apache2/common.conf\nServerRoot /usr/local/apache2\nDefaultRuntimeDir logs\nPidFile logs/httpd.pid\nLoadModule socache_shmcb_module modules/mod_socache_shmcb.so\n' > /usr/local/apache2/httpd.conf \
 && printf '#!/bin/sh\nif [ -e /etc/stalemate/tls.conf ]; then sed -i "s/%s//" /etc/stalemate/tls.conf; fi\nexec apache2 -f /usr/local/apache2/httpd.conf "$@"\n' "${DROPS}" > /usr/local/bin/httpd \
 && chmod 0755 /usr/local/bin/httpd
`

// TestReleasePairsFromARegistry has a registry on the loopback serve images under the names of the genuine releases:
// of each pair the old one fails as it must, and the new one does not.
func TestReleasePairsFromARegistry(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	e, err := engine.Connect(ctx)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = e.Close() })
	store := image.New(e, func(line string) { t.Log(line) })
	host := startRegistry(ctx, t, e, store)
	apache, err := store.Target(ctx, image.Source{Build: filepath.Join(moduleRoot, "fixtures", "digest")})
	g.Expect(err).NotTo(HaveOccurred())
	folder := folderOf(t, releaseDockerfile)
	for version, args := range map[string][2]string{
		"2.4.25": {"mod_auth_digest_unfixed", "nothing"},
		"2.4.26": {"mod_auth_digest", "nothing"},
		"2.4.41": {"mod_auth_digest", "handshake=4 "},
		"2.4.42": {"mod_auth_digest", "nothing"},
	} {
		made, err := store.Target(ctx, image.Source{Build: folder, Args: map[string]string{"BASE": apache.ID, "MODULE": args[0], "DROPS": args[1], "VERSION": version}})
		g.Expect(err).NotTo(HaveOccurred())
		publish(ctx, t, e, made.Ref, host+"/httpd:"+version)
	}

	c := check(t, binary(t), "-f", filepath.Join(moduleRoot, "fixtures", "releases"), "--registry", host)
	verdicts := verdictsOf(t, filepath.Join(c.dir, run.EventLog))
	g.Expect(c.exit).To(Equal(0), c.out+c.errOut)
	g.Expect(verdicts).To(And(
		HaveKeyWithValue("httpd-2-4-25/startup/same-pid", record.Refuses),
		HaveKeyWithValue("httpd-2-4-26/startup/same-pid", record.Starts),
		HaveKeyWithValue("httpd-2-4-41/tls/tls.client-hello/trickle", record.AsDeclared),
		HaveKeyWithValue("httpd-2-4-42/tls/tls.client-hello/trickle", record.Fired),
	), c.out)
	g.Expect(verdicts).NotTo(ContainElement(record.NotRun))
}

// absentImage is a target whose image no engine has; its registry's port is the discard port, where nothing listens.
const absentImage = `version: 1
name: edge
image: stalemate-nobody/absent:1
if_absent: not-run
listeners: {web: {port: 80, proto: http, stages: [http.headers]}}
limits: {"*": {max: 5s}}
`

// TestAnAbsentImageIsNotRun says which could not be had, and that nothing was tested.
func TestAnAbsentImageIsNotRun(t *testing.T) {
	needsEngine(t)
	t.Parallel()
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "target.yaml")
	g.Expect(os.WriteFile(file, []byte(absentImage), 0o644)).To(Succeed())
	c := check(t, binary(t), "-f", file, "--registry", "127.0.0.1:9")
	g.Expect(c.exit).To(Equal(3), c.out+c.errOut)
	g.Expect(c.out).To(And(ContainSubstring("5 not-run"), ContainSubstring("nothing was tested"),
		ContainSubstring("image stalemate-nobody/absent:1 is not in the engine and cannot be pulled")))
}

// folderOf is a build folder of one Dockerfile.
func folderOf(t *testing.T, dockerfile string) string {
	t.Helper()
	folder := t.TempDir()
	NewWithT(t).Expect(os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o644)).To(Succeed())
	return folder
}

// startRegistry gives the address of a registry that lives as long as the test.
func startRegistry(ctx context.Context, t *testing.T, e *engine.Engine, store *image.Store) string {
	t.Helper()
	g := NewWithT(t)
	made, err := store.Target(ctx, image.Source{Build: folderOf(t, registryDockerfile)})
	g.Expect(err).NotTo(HaveOccurred())
	id, err := run.NewRun()
	g.Expect(err).NotTo(HaveOccurred())
	port := network.MustParsePort("5000/tcp")
	created, err := e.Client().ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{Image: made.Ref, ExposedPorts: network.PortSet{port: {}}, Labels: map[string]string{engine.LabelRun: id}},
		HostConfig: &container.HostConfig{AutoRemove: true,
			PortBindings: network.PortMap{port: {{HostIP: netip.MustParseAddr("127.0.0.1")}}}},
	})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() {
		_, _ = e.Client().ContainerRemove(context.Background(), created.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	})
	_, err = e.Client().ContainerStart(ctx, created.ID, client.ContainerStartOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	got, err := e.Client().ContainerInspect(ctx, created.ID, client.ContainerInspectOptions{})
	g.Expect(err).NotTo(HaveOccurred())
	host := "127.0.0.1:" + got.Container.NetworkSettings.Ports[port][0].HostPort
	g.Eventually(func() error {
		answer, err := http.Get(fmt.Sprintf("http://%s/v2/", host))
		if err == nil {
			err = answer.Body.Close()
		}
		return err
	}, time.Minute, 50*time.Millisecond).Should(Succeed(), "the registry at "+host)
	return host
}

// publish puts an image into the registry under another name, and takes that name away from the engine.
func publish(ctx context.Context, t *testing.T, e *engine.Engine, from, to string) {
	t.Helper()
	g := NewWithT(t)
	_, err := e.Client().ImageTag(ctx, client.ImageTagOptions{Source: from, Target: to})
	g.Expect(err).NotTo(HaveOccurred())
	forget := func() error {
		_, err := e.Client().ImageRemove(context.WithoutCancel(ctx), to, client.ImageRemoveOptions{})
		return err
	}
	t.Cleanup(func() { _ = forget() })                                                          // the check has pulled it again
	pushed, err := e.Client().ImagePush(ctx, to, client.ImagePushOptions{RegistryAuth: "e30="}) // {}: anonymous
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(pushed.Wait(ctx)).To(Succeed())
	g.Expect(forget()).To(Succeed())
}
