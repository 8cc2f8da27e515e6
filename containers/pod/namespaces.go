package pod

import (
	"strings"

	"github.com/moby/moby/api/types/container"
)

// pidRole is the container that holds the target's PID namespace.
func (p *Pod) pidRole() Role {
	if p.spec.RestartAs == Bare {
		return Target
	}
	if p.spec.Lives == Single {
		return Sandbox
	}
	return Holder
}

// ipcRole is the container that holds the target's IPC namespace. IPC objects live as long as it.
func (p *Pod) ipcRole() Role {
	switch p.spec.RestartAs {
	case Docker:
		return p.pidRole()
	case Bare:
		return Target
	}
	return Sandbox
}

// withoutEndpoint is the network mode of every container that starts and ends with an incarnation, or needs no network. Such
// a container joins the sandbox's network namespace, and so neither joins nor leaves a network. The mode "none" would not do:
// it is a network too, one for the whole engine. Engine 20.10 can deadlock if two pods leave it at the same time (see
// engine.removeContainers). The sandbox must exist when such a container is created, and run when it starts.
func (p *Pod) withoutEndpoint() container.NetworkMode {
	return container.NetworkMode("container:" + p.id(Sandbox))
}

// splitSysctls separates the sysctls of the IPC namespace from those of the network namespace.
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
