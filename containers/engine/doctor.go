package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Level says how bad a finding is.
type Level string

const (
	OK   Level = "ok"
	Warn Level = "warn" // some cells will be not-run, or the run takes longer
	Fail Level = "fail" // no check can run
)

// Finding is one thing that a run needs, and its state on this machine.
type Finding struct {
	Name   string
	Level  Level
	Detail string
	ToDo   string // what helps; "" with OK
}

const (
	// probeWithin bounds the start and removal of the container that tryPtrace starts.
	probeWithin = 20 * time.Second
	// registryWithin bounds the request to a registry.
	registryWithin = 10 * time.Second
	// registryProbe is the image that package image pulls as the base.
	registryProbe = "debian:bookworm-slim"
	// baseImage is the name under which package image keeps the base.
	baseImage = "stalemate/base:bookworm"
	// helperImage is the repository in which package image keeps the helper.
	helperImage = "stalemate/helper"
	// pidMaxPerNamespace is the first kernel on which each PID namespace has its own pid_max.
	pidMaxPerNamespace = "6.14"
	// highestPID is the highest PID that a target of fixtures/ asks for. It is the PID in the bug report of mod_auth_digest.
	highestPID = 32768
)

// Diagnose connects to the engine and examines it: what `stalemate doctor` prints. An engine that does not answer is a finding.
func Diagnose(ctx context.Context) []Finding {
	e, err := Connect(ctx)
	if err != nil {
		return []Finding{{Name: "engine", Level: Fail, Detail: err.Error(), ToDo: "see the detail"}}
	}
	defer e.Close()
	return e.Doctor(ctx)
}

// Doctor examines everything that a run needs. It starts one container if the engine has the helper's image, and asks a
// registry for one name.
func (e *Engine) Doctor(ctx context.Context) []Finding {
	registry := e.registry(ctx)
	where := e.client.DaemonHost()
	if e.from != "" {
		where += " (" + e.from + ")"
	}
	return append([]Finding{
		{Name: "engine", Level: OK, Detail: fmt.Sprintf("%s at %s, %s, %s", e.info["version"], where, e.info["os"], e.info["storage_driver"])},
		{Name: "api", Level: OK, Detail: e.info["api"] + ", at least " + minimumAPI + " is needed"},
		e.disk(),
		e.memory(),
		e.pidMax(),
		e.ptrace(ctx),
		registry,
		e.base(ctx, registry.Level == OK),
	}, e.kind()...)
}

func (e *Engine) disk() Finding {
	free, known := e.freeDisk()
	if !known {
		return Finding{Name: "disk", Level: OK, Detail: "not known: this machine cannot read the engine's data directory"}
	}
	// Connect fails if it is too little.
	return Finding{Name: "disk", Level: OK, Detail: fmt.Sprintf("%.1f GiB free at %s", float64(free)/(1<<30), e.root)}
}

// pidMax reports whether targets can have high PIDs.
func (e *Engine) pidMax() Finding {
	if !older(e.info["kernel"], pidMaxPerNamespace) {
		return Finding{Name: "pid_max", Level: OK, Detail: "kernel " + e.info["kernel"] + ": each PID namespace has its own pid_max"}
	}
	finding := Finding{
		Name: "pid_max", Level: Warn,
		Detail: "kernel " + e.info["kernel"] + ": one pid_max for the whole machine, and every target's PID must be below it",
		ToDo:   "nothing, unless a startup cell is not-run: then raise kernel.pid_max above its PID",
	}
	if text, err := os.ReadFile("/proc/sys/kernel/pid_max"); e.local && err == nil {
		if highest, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && highest > highestPID {
			finding.Level, finding.ToDo = OK, ""
			finding.Detail = fmt.Sprintf("kernel %s: one pid_max for the whole machine, %d, which is enough for PID %d", e.info["kernel"], highest, highestPID)
		}
	}
	return finding
}

// ptrace tries to start a container with SYS_PTRACE, which the inspector needs.
func (e *Engine) ptrace(ctx context.Context) Finding {
	finding := Finding{Name: "SYS_PTRACE", Level: Warn}
	asking, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	images, err := e.client.ImageList(asking, client.ImageListOptions{Filters: make(client.Filters).Add("reference", helperImage)})
	if err != nil || len(images.Items) == 0 {
		finding.Detail, finding.ToDo = "not tried: the engine does not have the helper's image yet", "run a check once, then `stalemate doctor` again"
		return finding
	}
	if err := e.tryPtrace(ctx, images.Items[0].ID); err != nil {
		finding.Detail = fmt.Sprintf("refused: %v", err)
		finding.ToDo = "nothing, but autopsies and the mapping of sockets to processes will be not-run"
		return finding
	}
	return Finding{Name: "SYS_PTRACE", Level: OK, Detail: "the engine grants it to stalemate's containers"}
}

// tryPtrace starts a container that exits at once. The engine removes it then (AutoRemove), also if stalemate dies before. It
// has no network: "none" is one network for the whole engine, and Engine 20.10 can deadlock if two containers leave one
// network at the same time (see removeContainers). testcontainers has no request for these options, so this is the raw
// client.
func (e *Engine) tryPtrace(ctx context.Context, image string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// The engine completes a request whose client has gone. So the context of this one does not end with ctx.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeWithin)
	defer cancel()
	created, err := e.client.ContainerCreate(ctx, client.ContainerCreateOptions{
		Config: &container.Config{
			Image: image, User: "0", Cmd: []string{"pod", "--help"}, NetworkDisabled: true,
			Labels: map[string]string{LabelRun: "doctor", LabelRole: "probe"},
		},
		HostConfig: &container.HostConfig{
			CapDrop: []string{"ALL"}, CapAdd: []string{"SYS_PTRACE"}, AutoRemove: true,
			ReadonlyRootfs: true, SecurityOpt: []string{"no-new-privileges"},
		},
	})
	if err != nil {
		return err
	}
	_, err = e.client.ContainerStart(ctx, created.ID, client.ContainerStartOptions{})
	// AutoRemove does not remove a container that was never started.
	return errors.Join(err, e.removeContainer(ctx, created.ID))
}

// registry asks the engine for the manifest of an image, without pulling it.
func (e *Engine) registry(ctx context.Context) Finding {
	ctx, cancel := context.WithTimeout(ctx, registryWithin)
	defer cancel()
	if _, err := e.client.DistributionInspect(ctx, registryProbe, client.DistributionInspectOptions{}); err != nil {
		return Finding{
			Name: "registry", Level: Warn, Detail: "not reached: " + strings.SplitN(err.Error(), "\n", 2)[0],
			ToDo: "nothing: stalemate builds the base image itself; cells that need released images are not-run",
		}
	}
	return Finding{Name: "registry", Level: OK, Detail: registryProbe + " can be pulled"}
}

// base reports where the base image will come from.
func (e *Engine) base(ctx context.Context, registry bool) Finding {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	finding := Finding{Name: "base image", Level: OK}
	_, missing := e.client.ImageInspect(ctx, baseImage)
	_, noBootstrap := exec.LookPath("mmdebstrap")
	_, noApt := exec.LookPath("apt-get")
	switch {
	case missing == nil:
		finding.Detail = baseImage + " is in the engine"
	case registry:
		finding.Detail = "will be pulled"
	case noBootstrap == nil:
		finding.Detail = "stalemate will build it with mmdebstrap"
	case noApt == nil && os.Geteuid() == 0:
		finding.Detail = "stalemate will install mmdebstrap and build it"
	default:
		finding.Level, finding.Detail = Fail, "the engine does not have it, it cannot be pulled, and it cannot be built on this machine"
		finding.ToDo = "install mmdebstrap (apt-get install mmdebstrap), or load an image named " + baseImage
	}
	return finding
}
