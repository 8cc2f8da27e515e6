package pod

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"stalemate/containers/engine"
)

// Values of Spec.RestartAs: what survives the unclean death of the server.
const (
	// Host: the container's layer, IPC objects, tmpfs mounts and volumes survive, as on a host that stays up.
	Host = "host"
	// Docker: the layer and volumes survive. IPC objects, tmpfs mounts and the network namespace are lost, as with `docker restart`.
	Docker = "docker"
	// Kubernetes: IPC objects, tmpfs mounts and volumes survive. The layer is new, as when a kubelet restarts a container.
	Kubernetes = "kubernetes"
	// Bare: as Docker, and the server is PID 1 of its PID namespace.
	Bare = "bare"
)

// Lives is how many incarnations a pod's target has.
type Lives string

const (
	// Several: a holder container holds the PID namespace. It ends with each incarnation.
	Several Lives = ""
	// Single: the sandbox holds the PID namespace, so the pod starts one container less (a sixth). With Bare it means Several.
	Single Lives = "single"
)

// Spec describes a pod.
type Spec struct {
	Run    string // the run's id: a label of everything in the pod
	Name   string // the pod's name, unique in the run
	Target string // the target's name in events; default: Name
	Image  string // the target's image
	Helper string // the image of stalemate's containers

	Entrypoint   []string // nil: the image's
	Command      []string // nil: the image's
	Env          map[string]string
	User         string            // "": the image's
	ReadOnly     bool              // the target's root is read-only; Files must go to paths in Volumes or Tmpfs
	Tmpfs        map[string]string // path to mount options, such as "size=16m,mode=1777"
	OwnTmpfs     map[string]string // as Tmpfs, but lost with each incarnation, whatever RestartAs is
	Volumes      []string          // paths; each is a volume that outlives the container, and has first what the image has there
	Roles        []Role            // optional containers: Witness
	Access       Access            // to objects of other users than root; default Own
	Platform     string            // "linux/arm64"; default: the engine's
	Files        []File            // copied before the first start, and into every new layer
	Services     []Service
	RestartAs    string   // default Host
	Lives        Lives    // default Several
	Capabilities []string // the target's, in addition to the engine's default
	Sysctls      map[string]string
	ShmSize      int64  // bytes of /dev/shm; 0: the engine's default
	Hostname     string // default: Name
	Inspector    When   // when it starts; default BeforeTarget
	HealthCheck  HealthCheck
	Budget       *Budget
	Resources    Resources // of the target
}

// HealthCheck says whether the engine runs the health check of the target's image.
type HealthCheck string

// Values of Spec.HealthCheck.
const (
	ImageHealthCheck HealthCheck = ""     // as the image says
	NoHealthCheck    HealthCheck = "none" // for a server that nobody may ask anything
)

// When says when an incarnation's inspector starts. An inspector uses some PIDs of the target's namespace, and takes as long
// to start as the target's container. With Bare it always starts right after the target, because it joins its namespaces.
type When string

// Values of Spec.Inspector.
const (
	// BeforeTarget: only the server takes PIDs after its main process has started.
	BeforeTarget When = "before the target"
	// WhenAsked: with the first question to it while an incarnation is up.
	WhenAsked When = "when asked"
)

// File is copied into a container. Exactly one of From and Content is its source.
type File struct {
	From    string // a path of the host
	Content []byte
	To      string // absolute, in the container
	Mode    int64  // default 0644
	UID     int
	GID     int
}

// Service is a server that the target needs, such as a database. Its name on the pod's network is Name. It starts before the
// target, and keeps running when the target dies.
type Service struct {
	Name       string
	Image      string
	Entrypoint []string
	Command    []string
	Env        map[string]string
	User       string
	Files      []File
	Resources  Resources
}

// Role names a container of the pod.
type Role string

// The roles.
const (
	Sandbox   Role = engine.RoleSandbox  // holds the network namespace, and with Host and Kubernetes the IPC namespace
	Holder    Role = engine.RoleHolder   // holds the PID namespace of one incarnation
	Target    Role = engine.RoleTarget   // the server
	Inspector Role = "inspector"         // looks into the server's namespaces during one incarnation
	Attacker  Role = engine.RoleAttacker // a client on the pod's network
	Witness   Role = "witness"           // lists what outlives an incarnation
)

// complete fills in the defaults. It fails if a field is missing or wrong.
func (s *Spec) complete() error {
	if s.RestartAs == "" {
		s.RestartAs = Host
	}
	if s.RestartAs == Bare {
		s.Lives = Several
	}
	if s.Target == "" {
		s.Target = s.Name
	}
	if s.Hostname == "" {
		s.Hostname = s.Name
	}
	if s.Inspector == "" {
		s.Inspector = BeforeTarget
	}
	s.Resources = s.Resources.Complete()
	for field, value := range map[string]string{"Run": s.Run, "Name": s.Name, "Image": s.Image, "Helper": s.Helper} {
		if value == "" {
			return fmt.Errorf("the pod's %s is empty", field)
		}
	}
	if !slices.Contains([]string{Host, Docker, Kubernetes, Bare}, s.RestartAs) {
		return fmt.Errorf("restart_as %q is none of host, docker, kubernetes, bare", s.RestartAs)
	}
	if !slices.Contains(accesses(), s.Access) {
		return fmt.Errorf("access %q is none of %q", s.Access, accesses())
	}
	if s.Inspector != BeforeTarget && s.Inspector != WhenAsked {
		return fmt.Errorf("the inspector cannot start %q: it is %q or %q", s.Inspector, BeforeTarget, WhenAsked)
	}
	var wrong []error
	for _, role := range s.Roles {
		if role != Witness {
			wrong = append(wrong, fmt.Errorf("roles has %s: only %s is optional", role, Witness))
		}
	}
	for _, file := range s.Files {
		if !strings.HasPrefix(file.To, "/") {
			wrong = append(wrong, fmt.Errorf("file %q goes to %q, which is not an absolute path", file.From, file.To))
		}
	}
	for _, path := range append(slices.Concat(slices.Sorted(maps.Keys(s.Tmpfs)), slices.Sorted(maps.Keys(s.OwnTmpfs))), s.Volumes...) {
		if !strings.HasPrefix(path, "/") {
			wrong = append(wrong, fmt.Errorf("mount %q is not an absolute path", path))
		}
	}
	return errors.Join(wrong...)
}
