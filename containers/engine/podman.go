package engine

import (
	"fmt"

	"github.com/moby/moby/client"
)

// podmanEngine is how podman's service names itself.
const podmanEngine = "Podman Engine"

// podmanRefuses is the last podman of which it is known that stalemate cannot use it: it answers 409 to an attach before the start
// of a container, with which each conversation of a pod begins.
const podmanRefuses = "4.3"

// podmanOf is the version of podman, or "" for another engine.
func podmanOf(version client.ServerVersionResult) string {
	for _, c := range version.Components {
		if c.Name == podmanEngine {
			return c.Version
		}
	}
	return ""
}

// refusePodman is the error of a podman in which no pod can start.
func refusePodman(version string) error {
	if version == "" || older(podmanRefuses, version) {
		return nil
	}
	return fmt.Errorf("podman %s cannot run stalemate's pods: up to podman %s, the engine refuses to attach to a container before its start: "+
		"use Docker Engine 20.10 or newer, or a newer podman", version, podmanRefuses)
}

// kind reports an engine with which stalemate was not tested.
func (e *Engine) kind() []Finding {
	if e.podman == "" {
		return nil
	}
	return []Finding{{
		Name: "podman", Level: Warn, Detail: "podman " + e.podman + ": stalemate is tested with Docker Engine alone",
		ToDo: "run one check, and see whether its pods start; if none does, use Docker Engine",
	}}
}
