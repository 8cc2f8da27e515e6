package pod

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
)

// Resources bound what one container may use of the engine's machine. 0 means the default.
type Resources struct {
	Memory    int64 // bytes, with what it writes to a tmpfs
	Processes int64 // processes and threads
	Log       int64 // bytes of its log that the engine keeps
}

// What a target or a service may use where its file does not say. A server under attack, or one that is itself an attack, must not
// take the machine with it.
const (
	DefaultMemory    = 2 << 30
	DefaultProcesses = 8192
	DefaultLog       = 32 << 20
)

// helperResources are for stalemate's own containers. An attacker with 10,000 connections that speak TLS takes 234 MB. A Go
// program has some ten threads, and each exec is one more program.
func helperResources() Resources { return Resources{Memory: 1 << 30, Processes: 1024, Log: 16 << 20} }

// Complete fills in the defaults.
func (r Resources) Complete() Resources {
	if r.Memory == 0 {
		r.Memory = DefaultMemory
	}
	if r.Processes == 0 {
		r.Processes = DefaultProcesses
	}
	if r.Log == 0 {
		r.Log = DefaultLog
	}
	return r
}

// Texts are the bounds as the report has them: "memory 2048 MiB", ...
func (r Resources) Texts() []string {
	return []string{fmt.Sprintf("memory %d MiB", r.Memory>>20), fmt.Sprintf("%d processes", r.Processes), fmt.Sprintf("log %d MiB", r.Log>>20)}
}

// bind sets the bounds of a container. An engine that cannot bound memory or processes does not have them: see doctor.
func (r Resources) bind(host *container.HostConfig) {
	host.Memory, host.MemorySwap = r.Memory, r.Memory // both together: no swap
	host.PidsLimit = &r.Processes
	// The driver is named, since others have other options. Two files: the older one is removed when the newer one is full.
	host.LogConfig = container.LogConfig{Type: "json-file", Config: map[string]string{"max-file": "2", "max-size": strconv.FormatInt(r.Log/2, 10)}}
}

// rawSockets is the capability to send what a socket of the kernel would not: frames to the IPv6 link-local address of the engine's
// machine, which every bridge has. It is the only way out of a pod's network, and engines give it to every container.
const rawSockets = "NET_RAW"

// dropped are the capabilities that a container with these more ones does not get, although the engine gives them by default.
func dropped(added []string) []string {
	asks := func(c string) bool {
		return strings.TrimPrefix(strings.ToUpper(c), "CAP_") == rawSockets || strings.EqualFold(c, "ALL")
	}
	if slices.ContainsFunc(added, asks) {
		return nil
	}
	return []string{rawSockets}
}
