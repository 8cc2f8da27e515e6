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

// volume is the name of the volume of one path in the target.
func (p *Pod) volume(path string) string {
	return p.name("volume" + strings.ReplaceAll(path, "/", "_"))
}

// tmpfsSurvives says whether a tmpfs mount outlives an incarnation.
func (p *Pod) tmpfsSurvives() bool {
	return p.spec.RestartAs == Host || p.spec.RestartAs == Kubernetes
}

func (p *Pod) createVolumes(ctx context.Context) error {
	ctx, cancel, err := toTheEnd(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	for _, path := range p.spec.Volumes {
		options := client.VolumeCreateOptions{Name: p.volume(path), Labels: p.labels("volume")}
		if _, err := p.engine.Client().VolumeCreate(ctx, options); err != nil {
			return fmt.Errorf("create the volume for %s: %w", path, err)
		}
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

// tmpfsOptions adds the mode that the directory has on a real host, where none is given.
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

// mounts are the target's volumes.
func (p *Pod) mounts() []mount.Mount {
	var out []mount.Mount
	for _, path := range p.spec.Volumes {
		out = append(out, mount.Mount{Type: mount.TypeVolume, Source: p.volume(path), Target: path})
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
