// Volumes are created with moby's raw client: testcontainers-go (v0.45) creates one only together with a container, and here
// several containers mount the same volume.

package pod

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// volume is the name of the volume that the target mounts at path.
func (p *Pod) volume(path string) string {
	return p.name("volume" + strings.ReplaceAll(path, "/", "_"))
}

// tmpfsSurvives says whether a tmpfs mount outlives an incarnation.
func (p *Pod) tmpfsSurvives() bool {
	return p.spec.RestartAs == Host || p.spec.RestartAs == Kubernetes
}

func (p *Pod) createVolumes(ctx context.Context) error {
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	if err := p.createKeptVolumes(ctx); err != nil {
		return err
	}
	if !p.tmpfsSurvives() {
		return nil
	}
	for path, options := range p.spec.Tmpfs {
		_, err := p.engine.Client().VolumeCreate(ctx, client.VolumeCreateOptions{
			Name:       p.volume(path),
			Labels:     p.labels("volume"),
			DriverOpts: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": tmpfsOptions(path, options)},
		})
		if err != nil {
			return fmt.Errorf("create the tmpfs for %s: %w", path, err)
		}
	}
	return nil
}

// createKeptVolumes creates Spec.Volumes. The first container with files of its image at the path fills a volume with them.
func (p *Pod) createKeptVolumes(ctx context.Context) error {
	for _, path := range p.spec.Volumes {
		options := client.VolumeCreateOptions{Name: p.volume(path), Labels: p.labels("volume")}
		if _, err := p.engine.Client().VolumeCreate(ctx, options); err != nil {
			return fmt.Errorf("create the volume for %s: %w", path, err)
		}
	}
	return nil
}

// renewVolumes replaces Spec.Volumes by new ones, while the pod has no target. The engine removes no volume that a container
// mounts, so the witness is replaced too.
func (p *Pod) renewVolumes(ctx context.Context) error {
	if len(p.spec.Volumes) == 0 {
		return nil
	}
	witness := p.id(Witness) != ""
	if witness {
		if err := p.removeContainer(ctx, p.id(Witness)); err != nil {
			return err
		}
	}
	for _, path := range p.spec.Volumes {
		if _, err := p.engine.Client().VolumeRemove(ctx, p.volume(path), client.VolumeRemoveOptions{}); err != nil {
			return fmt.Errorf("remove the volume for %s: %w", path, err)
		}
	}
	p.mu.Lock()
	p.volumesFilled = false
	p.mu.Unlock()
	if err := p.createKeptVolumes(ctx); err != nil || !witness {
		return err
	}
	return p.startWitness(ctx)
}

// tmpfsOptions adds the mode that the directory has on a host, unless options has one.
func tmpfsOptions(path, options string) string {
	if strings.Contains(options, "mode=") {
		return options
	}
	mode := "mode=0755"
	if path == "/tmp" || path == "/var/tmp" || path == "/dev/shm" {
		mode = "mode=1777"
	}
	if options == "" {
		return mode
	}
	return options + "," + mode
}

// mounts are the target's volumes, and the tmpfs mounts that survive an incarnation.
func (p *Pod) mounts() []mount.Mount {
	var out []mount.Mount
	p.mu.Lock()
	filled := p.volumesFilled
	p.mu.Unlock()
	for _, path := range p.spec.Volumes {
		out = append(out, mount.Mount{
			Type: mount.TypeVolume, Source: p.volume(path), Target: path,
			VolumeOptions: &mount.VolumeOptions{NoCopy: filled},
		})
	}
	if p.tmpfsSurvives() {
		for _, path := range slices.Sorted(maps.Keys(p.spec.Tmpfs)) {
			out = append(out, mount.Mount{
				Type: mount.TypeVolume, Source: p.volume(path), Target: path,
				VolumeOptions: &mount.VolumeOptions{NoCopy: true},
			})
		}
	}
	return out
}

// witnessMounts are those of the target, and put nothing into them.
func (p *Pod) witnessMounts() []mount.Mount {
	out := p.mounts()
	for i := range out {
		out[i].VolumeOptions = &mount.VolumeOptions{NoCopy: true}
	}
	return out
}

// sandboxMounts keep the surviving tmpfs volumes mounted while the target is down.
func (p *Pod) sandboxMounts() []mount.Mount {
	if !p.tmpfsSurvives() {
		return nil
	}
	var out []mount.Mount
	for i, path := range slices.Sorted(maps.Keys(p.spec.Tmpfs)) {
		out = append(out, mount.Mount{
			Type: mount.TypeVolume, Source: p.volume(path), Target: fmt.Sprintf("/kept/%d", i),
			VolumeOptions: &mount.VolumeOptions{NoCopy: true},
		})
	}
	return out
}
