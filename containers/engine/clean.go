package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	apiimage "github.com/moby/moby/api/types/image"
	"github.com/moby/moby/client"
)

// cleanWithin bounds Clean.
const cleanWithin = 2 * time.Minute

// Cleaned says what Clean did, in words for people.
type Cleaned struct {
	Removed []string // "container stalemate-1f2e-nginx-target of run 1f2e", "image stalemate/base:bookworm (84 MB)"
	Kept    []string // what was kept, and why
}

// CleanOptions say what Clean must not remove.
type CleanOptions struct {
	// Alive gives the ids of the live runs. Clean removes nothing of a live run, and no image while there is one: the run may
	// be about to start it. Clean calls Alive after it has listed the engine's things, so that a run that starts in
	// between does not look dead.
	Alive func() (map[string]bool, error)
	// Image is the kind of image to remove, a value of LabelImage; "" is any.
	Image string
}

// Clean removes what dead runs left, and the images that stalemate keeps between runs. It does not stop at the first
// failure; the error names all of them.
func (e *Engine) Clean(ctx context.Context, o CleanOptions) (Cleaned, error) {
	ctx, cancel := context.WithTimeout(ctx, cleanWithin)
	defer cancel()
	var out Cleaned
	runs, err := e.runs(ctx)
	if err != nil {
		return out, err
	}
	alive, err := o.Alive()
	if err != nil {
		return out, err
	}
	var problems []error
	for _, run := range sortedKeys(runs) {
		if alive[run] {
			out.Kept = append(out.Kept, fmt.Sprintf("run %s, which is still alive: %s", run, strings.Join(runs[run], ", ")))
			continue
		}
		if err := e.Remove(ctx, make(client.Filters).Add("label", LabelRun+"="+run)); err != nil {
			problems = append(problems, fmt.Errorf("remove what run %s left: %w", run, err))
			continue
		}
		for _, thing := range runs[run] {
			out.Removed = append(out.Removed, thing+" of run "+run)
		}
	}
	if len(alive) > 0 {
		out.Kept = append(out.Kept, "the images, since a live run may need them: clean again when it has ended")
		return out, errors.Join(problems...)
	}
	return out, errors.Join(append(problems, e.cleanImages(ctx, o.Image, &out))...)
}

// runs lists the containers, networks and volumes of all runs, by run.
func (e *Engine) runs(ctx context.Context) (map[string][]string, error) {
	found := map[string][]string{}
	labelled := make(client.Filters).Add("label", LabelRun)
	containers, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: labelled})
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	for _, c := range containers.Items {
		name := c.ID[:12]
		if len(c.Names) > 0 {
			name = strings.TrimPrefix(c.Names[0], "/")
		}
		found[c.Labels[LabelRun]] = append(found[c.Labels[LabelRun]], "container "+name)
	}
	networks, err := e.client.NetworkList(ctx, client.NetworkListOptions{Filters: labelled})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	for _, n := range networks.Items {
		found[n.Labels[LabelRun]] = append(found[n.Labels[LabelRun]], "network "+n.Name)
	}
	volumes, err := e.client.VolumeList(ctx, client.VolumeListOptions{Filters: labelled})
	if err != nil {
		return nil, fmt.Errorf("list volumes: %w", err)
	}
	for _, v := range volumes.Items {
		found[v.Labels[LabelRun]] = append(found[v.Labels[LabelRun]], "volume "+v.Name)
	}
	return found, nil
}

// cleanImages removes stalemate's images of one kind. It keeps an image that a container uses.
func (e *Engine) cleanImages(ctx context.Context, kind string, out *Cleaned) error {
	label := LabelImage
	if kind != "" {
		label += "=" + kind
	}
	images, err := e.client.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("label", label)})
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	// Newest first: a target's image is removed before the base that it was built on.
	slices.SortStableFunc(images.Items, func(a, b apiimage.Summary) int { return cmp.Compare(b.Created, a.Created) })
	var problems []error
	for _, image := range images.Items {
		for _, name := range ownNames(image) {
			_, err := e.client.ImageRemove(ctx, name, client.ImageRemoveOptions{PruneChildren: true})
			switch {
			case err == nil:
				out.Removed = append(out.Removed, fmt.Sprintf("image %s (%d MB)", name, image.Size/1e6))
			case cerrdefs.IsNotFound(err): // the removal of another tag has removed it
			case cerrdefs.IsConflict(err):
				out.Kept = append(out.Kept, fmt.Sprintf("image %s, since it is in use: %v", name, err))
			default:
				problems = append(problems, fmt.Errorf("remove image %s: %w", name, err))
			}
		}
	}
	return errors.Join(problems...)
}

// ownRepositories is how the names of stalemate's images begin. Clean keeps all other names: an image that somebody built on
// one of stalemate's inherits its label, and somebody may have tagged one of them.
const ownRepositories = "stalemate/"

// ownNames are the names to remove of an image: its tags that are stalemate's, or its id if it has no tag.
func ownNames(image apiimage.Summary) []string {
	var own []string
	tagged := false
	for _, tag := range image.RepoTags {
		if strings.HasPrefix(tag, "<none>") {
			continue
		}
		tagged = true
		if strings.HasPrefix(tag, ownRepositories) {
			own = append(own, tag)
		}
	}
	if !tagged {
		return []string{image.ID}
	}
	return own
}

func sortedKeys(m map[string][]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
