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

// The levels.
const (
	OK   Level = "ok"
	Warn Level = "warn" // something will be not-run, or take longer
	Fail Level = "fail" // nothing can run
)

// Finding is one thing that a run needs, and how it stands here.
type Finding struct {
	Name   string
	Level  Level
	Detail string
	ToDo   string // what would help; "" with OK
}

const (
	// probeWithin bounds the life of a container that only shows whether it starts.
	probeWithin = 20 * time.Second
	// registryWithin bounds the question to a registry. It is asked for a name that it need not have.
	registryWithin = 10 * time.Second
	// registryProbe is the image that a base image is pulled from.
	registryProbe = "debian:bookworm-slim"
	// baseImage is what the image room makes or pulls.
	baseImage = "stalemate/base:bookworm"
	// helperImage is the repository of the helper's images.
	helperImage = "stalemate/helper"
	// pidMaxOwn is the first kernel on which pid_max belongs to a PID namespace.
	pidMaxOwn = "6.14"
	// reportedPID is that of the report which the digest targets reproduce: the highest that any target asks for.
	reportedPID = 32768
)

// Diagnose is Connect and Doctor: what `stalemate doctor` prints. It never fails; an engine that does not answer is a finding.
func Diagnose(ctx context.Context) []Finding {
	e, err := Connect(ctx)
	if err != nil {
		return []Finding{{Name: "engine", Level: Fail, Detail: err.Error(), ToDo: "see the detail"}}
	}
	defer e.Close()
	return e.Doctor(ctx)
}

// Doctor looks at everything that a run needs. It starts one container where the helper's image
// is there, and asks a registry for one name.
func (e *Engine) Doctor(ctx context.Context) []Finding {
	registry := e.registry(ctx)
	return []Finding{
		{Name: "engine", Level: OK, Detail: fmt.Sprintf("%s at %s, %s, %s", e.info["version"], e.client.DaemonHost(), e.info["os"], e.info["storage_driver"])},
		{Name: "api", Level: OK, Detail: e.info["api"] + ", at least " + minimumAPI + " is needed"},
		e.disk(),
		e.memory(),
		e.pidMax(),
		e.ptrace(ctx),
		registry,
		e.base(ctx, registry.Level == OK),
	}
}

func (e *Engine) disk() Finding {
	free, known := e.room()
	if !known {
		return Finding{Name: "disk", Level: OK, Detail: "not known: the engine's directory is not readable from here"}
	}
	// Connect has refused what is too little.
	return Finding{Name: "disk", Level: OK, Detail: fmt.Sprintf("%.1f GiB free at %s", float64(free)/(1<<30), e.root)}
}

// pidMax says what stands in the way of high PIDs.
func (e *Engine) pidMax() Finding {
	if !older(e.info["kernel"], pidMaxOwn) {
		return Finding{Name: "pid_max", Level: OK, Detail: "kernel " + e.info["kernel"] + ": each PID namespace has its own"}
	}
	finding := Finding{
		Name: "pid_max", Level: Warn,
		Detail: "kernel " + e.info["kernel"] + ": one for the whole machine; a target's PID can be no higher",
		ToDo:   "nothing, unless a startup cell is not-run: then raise kernel.pid_max above its PID",
	}
	if text, err := os.ReadFile("/proc/sys/kernel/pid_max"); e.local && err == nil {
		if highest, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && highest > reportedPID {
			finding.Level, finding.ToDo = OK, ""
			finding.Detail = fmt.Sprintf("kernel %s: one for the whole machine, %d, which is enough for PID %d", e.info["kernel"], highest, reportedPID)
		}
	}
	return finding
}

// ptrace tries to start a container with SYS_PTRACE, which the inspector has.
func (e *Engine) ptrace(ctx context.Context) Finding {
	finding := Finding{Name: "SYS_PTRACE", Level: Warn}
	asking, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	images, err := e.client.ImageList(asking, client.ImageListOptions{Filters: make(client.Filters).Add("reference", helperImage)})
	if err != nil || len(images.Items) == 0 {
		finding.Detail, finding.ToDo = "not tried: the helper's image is not made yet", "run a check once, then ask again"
		return finding
	}
	if err := e.tryPtrace(ctx, images.Items[0].ID); err != nil {
		finding.Detail = fmt.Sprintf("refused: %v", err)
		finding.ToDo = "without it autopsies and the mapping of sockets to processes are not-run"
		return finding
	}
	return Finding{Name: "SYS_PTRACE", Level: OK, Detail: "granted to a container of ours"}
}

// tryPtrace starts a container that ends by itself and is removed by the engine then, so that nothing stays of it even
// if this process ends in the middle. It has no network: to leave the one named none, which is one for the whole
// engine, at the same moment as another does can lock Engine 20.10 up.
func (e *Engine) tryPtrace(ctx context.Context, image string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// The engine finishes what it has begun, also when nobody waits any more.
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
	// One that was not started is removed by nobody else.
	return errors.Join(err, e.removeContainer(ctx, created.ID))
}

// registry asks the engine for the manifest of an image, without pulling it.
func (e *Engine) registry(ctx context.Context) Finding {
	ctx, cancel := context.WithTimeout(ctx, registryWithin)
	defer cancel()
	if _, err := e.client.DistributionInspect(ctx, registryProbe, client.DistributionInspectOptions{}); err != nil {
		return Finding{
			Name: "registry", Level: Warn, Detail: "none reached: " + strings.SplitN(err.Error(), "\n", 2)[0],
			ToDo: "nothing: base images are built here; genuine release pairs are not-run",
		}
	}
	return Finding{Name: "registry", Level: OK, Detail: registryProbe + " can be pulled"}
}

// base says where the base image will come from.
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
		finding.Detail = "will be built here with mmdebstrap"
	case noApt == nil && os.Geteuid() == 0:
		finding.Detail = "will be built here with mmdebstrap, which will be installed"
	default:
		finding.Level, finding.Detail = Fail, "neither in the engine, nor in a registry, nor can it be built here"
		finding.ToDo = "install mmdebstrap (apt-get install mmdebstrap), or load an image named " + baseImage
	}
	return finding
}
