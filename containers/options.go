package containers

import (
	"fmt"
	"slices"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"stalemate/containers/image"
	"stalemate/containers/pod"
	"stalemate/reports/record/wire"
)

// Option configures a server. It is a testcontainers.ContainerCustomizer, so that options of both
// kinds go into one list.
type Option func(*settings) error

// Customize changes nothing: Run applies an Option to the pod, not to a single container.
func (Option) Customize(*testcontainers.GenericContainerRequest) error { return nil }

// settings are everything that Run is told.
type settings struct {
	spec      pod.Spec
	source    image.Source
	listeners []listener
	request   wire.Request
	places    []string      // folders whose files are listed as leftovers
	ready     wait.Strategy // nil: every listener answers
	noStart   bool
	say       func(line string)
}

// listener is one port of the server, and how a client speaks to it.
type listener struct {
	name, protocol string
	port           int
	tls            *wire.TLS
	preface        []wire.Step
}

// protocols are what a listener can speak.
func protocols() []string { return []string{"tcp", "tls", "http", "https"} }

// WithListener names a port of the server and what is spoken there: "tcp", "tls", "http" or "https".
// At least one is needed: Run waits until every listener answers, unless it has a wait strategy.
func WithListener(name string, port int, protocol string, how ...ListenerOption) Option {
	return func(s *settings) error {
		l := listener{name: name, port: port, protocol: protocol}
		switch {
		case name == "":
			return fmt.Errorf("WithListener: the listener on port %d has no name", port)
		case port < 1 || port > 65535:
			return fmt.Errorf("WithListener: listener %s has port %d, not one of 1 to 65535", name, port)
		case !slices.Contains(protocols(), protocol):
			return fmt.Errorf("WithListener: listener %s speaks %q, not one of %v", name, protocol, protocols())
		case slices.ContainsFunc(s.listeners, func(other listener) bool { return other.name == name }):
			return fmt.Errorf("WithListener: two listeners are named %s", name)
		}
		if protocol == "tls" || protocol == "https" {
			l.tls = &wire.TLS{}
		}
		for _, option := range how {
			if err := option(&l); err != nil {
				return fmt.Errorf("WithListener: listener %s: %w", name, err)
			}
		}
		s.listeners = append(s.listeners, l)
		return nil
	}
}

// Request is what HTTP stages and probes ask for: Host, Path ("/" by default), Body (a path that reads
// a body), Large (a path whose response does not fit into socket buffers) and Headers.
type Request = wire.Request

// WithRequest sets what HTTP stages and probes ask for.
func WithRequest(r Request) Option {
	return func(s *settings) error {
		if r.Path == "" {
			r.Path = "/"
		}
		s.request = r
		return nil
	}
}

// WithCertificate puts a self-signed certificate for the names, which are DNS names or addresses, and
// its key into the container, as PEM. Both are valid for two days.
func WithCertificate(certificate, key string, names ...string) Option {
	return func(s *settings) error {
		certificatePEM, keyPEM, err := selfSigned(names)
		if err != nil {
			return fmt.Errorf("WithCertificate: %w", err)
		}
		s.spec.Files = append(s.spec.Files,
			pod.File{Content: certificatePEM, To: certificate}, pod.File{Content: keyPEM, To: key})
		return nil
	}
}

// WithRestartAs says what survives a death of the server. "host" is the default: files, IPC objects
// and tmpfs stay. "docker": files stay. "kubernetes": IPC objects and tmpfs stay. "bare": as docker,
// and the server is PID 1.
func WithRestartAs(model string) Option {
	return func(s *settings) error {
		if !slices.Contains([]string{pod.Host, pod.Docker, pod.Kubernetes, pod.Bare}, model) {
			return fmt.Errorf("WithRestartAs: %q is none of host, docker, kubernetes, bare", model)
		}
		s.spec.RestartAs = model
		return nil
	}
}

// WithLeftoversIn names the folders whose files Leftovers lists: by default /run, /var/run and /tmp.
func WithLeftoversIn(folders ...string) Option {
	return func(s *settings) error {
		s.places = folders
		return nil
	}
}

// WithProgress sets who is told, in one line each, of what takes long: a pull, a build.
func WithProgress(say func(line string)) Option {
	return func(s *settings) error {
		s.say = say
		return nil
	}
}
