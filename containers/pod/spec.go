// Package pod runs a target as in a pod: its own, unmodified container joins
// namespaces that small containers of ours hold, so that its network, its IPC objects and its PIDs are
// in our hands and it can die and come back as on a real host.
package pod

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What survives the target's unclean death, by Spec.RestartAs.
const (
	// Host: the layer, IPC objects, tmpfs mounts and volumes survive, as on a machine that stays up.
	Host = "host"
	// Docker: the layer and volumes survive, IPC objects and tmpfs mounts do not, as with `docker restart`.
	Docker = "docker"
	// Kubernetes: the layer is fresh, IPC objects, tmpfs mounts and volumes survive, as when a kubelet restarts a container.
	Kubernetes = "kubernetes"
	// Bare: as Docker, and the server is PID 1 of a PID namespace of its own.
	Bare = "bare"
)

// Lives is how many incarnations a pod's target has.
type Lives string

const (
	// Several: the PID holder is a container of its own, which ends with each incarnation.
	Several Lives = ""
	// Single: there is one incarnation, so that the sandbox can hold its PIDs as well, as long as the pod. A
	// container less is a sixth less to start. It is Several where RestartAs is Bare.
	Single Lives = "single"
)

// Spec says what a pod consists of.
type Spec struct {
	Run    string // the run's id: everything bears it as a label
	Name   string // of the pod, unique in the run
	Target string // the target's name in events; default: Name
	Image  string // the target's
	Helper string // the image that our own containers are started from

	Entrypoint   []string // nil: the image's
	Command      []string // nil: the image's
	Env          map[string]string
	User         string            // "": the image's
	ReadOnly     bool              // the target's root; then Files go to paths that Volumes or Tmpfs hold
	Tmpfs        map[string]string // path to mount options, such as "size=16m,mode=1777"
	OwnTmpfs     map[string]string // the same, each ending with its incarnation whatever RestartAs says
	Volumes      []string          // paths, each an empty volume that lives as long as the pod
	Roles        []Role            // containers beside the usual ones: Witness
	Platform     string            // "linux/arm64"; default: the engine's
	Files        []File            // copied before the first start, and into every fresh layer
	Services     []Service
	RestartAs    string   // default Host
	Lives        Lives    // default Several
	Capabilities []string // that the target gets beyond the engine's default
	Sysctls      map[string]string
	ShmSize      int64  // bytes of /dev/shm; 0: the engine's default
	Hostname     string // default: Name
	Inspector    When   // from when on it is there; default BeforeTarget
	Budget       *Budget
}

// When says from when on an incarnation's inspector is there. It takes some PIDs of the target's namespace, and costs as much as
// the target's own container. With Bare it is always there right after the target, whose namespace it joins.
type When string

// The moments.
const (
	// BeforeTarget: before the target is started, so that nothing takes a PID after its main process but its own.
	BeforeTarget When = "before the target"
	// WhenAsked: as soon as something is asked of it, which is when an incarnation is up.
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

// Service is a container beside the target, under its name on the pod's network. It
// is up before the target and through its crashes.
type Service struct {
	Name       string
	Image      string
	Entrypoint []string
	Command    []string
	Env        map[string]string
	User       string
	Files      []File
}

// Role names a container of the pod.
type Role string

// The roles.
const (
	Sandbox   Role = "sandbox"   // network and, but with Docker and Bare, IPC; as long as the pod
	Holder    Role = "holder"    // the PID namespace; as long as an incarnation
	Target    Role = "target"    // the server
	Inspector Role = "inspector" // looks into the server's namespaces; as long as an incarnation
	Attacker  Role = "attacker"  // a peer on the pod's network
	// Witness sees what outlives incarnations, while none is up: the sandbox's IPC, and the
	// volumes and surviving tmpfs mounts under the paths that they have in the target. It is
	// root without a capability, and as long as the pod. A pod has one where Spec.Roles names it.
	Witness Role = "witness"
)

// ServiceRole is the role of a service's container.
func ServiceRole(name string) Role { return Role("service " + name) }

// ours says whether a role's container is made from the helper.
func (r Role) ours() bool {
	return r == Sandbox || r == Holder || r == Inspector || r == Attacker || r == Witness
}

// complete fills the defaults in and says what is missing or contradictory.
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
	for field, value := range map[string]string{"Run": s.Run, "Name": s.Name, "Image": s.Image, "Helper": s.Helper} {
		if value == "" {
			return fmt.Errorf("the pod's %s is empty", field)
		}
	}
	if !slices.Contains([]string{Host, Docker, Kubernetes, Bare}, s.RestartAs) {
		return fmt.Errorf("restart_as %q is none of host, docker, kubernetes, bare", s.RestartAs)
	}
	if s.Inspector != BeforeTarget && s.Inspector != WhenAsked {
		return fmt.Errorf("the inspector cannot come %q", s.Inspector)
	}
	var wrong []error
	for _, role := range s.Roles {
		if role != Witness {
			wrong = append(wrong, fmt.Errorf("the role %s cannot be asked for", role))
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

// splitSysctls tells those of the IPC namespace from those of the network's.
func splitSysctls(all map[string]string) (ipc, network map[string]string) {
	ipc, network = map[string]string{}, map[string]string{}
	for name, value := range all {
		if strings.HasPrefix(name, "net.") {
			network[name] = value
		} else {
			ipc[name] = value
		}
	}
	return ipc, network
}
