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

// cleanWithin bounds each of the questions and removals of Clean.
const cleanWithin = 2 * time.Minute

// Cleaned is what Clean did, in words for people.
type Cleaned struct {
	Removed []string // "container stalemate-1f2e-nginx-target of run 1f2e", "image stalemate/base:bookworm (84 MB)"
	Kept    []string // what stays, and why
}

// CleanOptions say what is to be left alone.
type CleanOptions struct {
	// Alive gives the runs that still go on. Nothing of such a run is touched, and no
	// image either while there is one: it may be about to be started. It is asked after
	// the engine was, so that a run which began meanwhile is not taken for a dead one.
	Alive func() (map[string]bool, error)
	// Image is the value of LabelImage whose images are removed; "" is any.
	Image string
}

// Clean removes what dead runs left and the images that are kept between runs. It
// goes on where something cannot be removed; the error then names all of it.
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
			out.Kept = append(out.Kept, fmt.Sprintf("run %s goes on: %s", run, strings.Join(runs[run], ", ")))
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
		out.Kept = append(out.Kept, "images, because a run goes on that may need them: clean again when it has ended")
		return out, errors.Join(problems...)
	}
	return out, errors.Join(append(problems, e.cleanImages(ctx, o.Image, &out))...)
}

// runs gives the containers, networks and volumes of every run that has any, by run.
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

// cleanImages removes the images of ours. One that a container still uses stays, and is named.
func (e *Engine) cleanImages(ctx context.Context, kind string, out *Cleaned) error {
	label := LabelImage
	if kind != "" {
		label += "=" + kind
	}
	images, err := e.client.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("label", label)})
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	// The newest first: a target's image before the base that it is built on.
	slices.SortStableFunc(images.Items, func(a, b apiimage.Summary) int { return cmp.Compare(b.Created, a.Created) })
	var problems []error
	for _, image := range images.Items {
		for _, name := range ownNames(image) {
			_, err := e.client.ImageRemove(ctx, name, client.ImageRemoveOptions{PruneChildren: true})
			switch {
			case err == nil:
				out.Removed = append(out.Removed, fmt.Sprintf("image %s (%d MB)", name, image.Size/1e6))
			case cerrdefs.IsNotFound(err): // it went with another
			case cerrdefs.IsConflict(err):
				out.Kept = append(out.Kept, fmt.Sprintf("image %s, which is in use: %v", name, err))
			default:
				problems = append(problems, fmt.Errorf("remove image %s: %w", name, err))
			}
		}
	}
	return errors.Join(problems...)
}

// ownRepositories is how the names of all images of ours begin. Somebody else's image that is
// built on one of ours inherits its label, and somebody may have given ours a further name: both stay.
const ownRepositories = "stalemate/"

// ownNames are the names under which an image is removed: its tags that are ours, its id where it has no tag.
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
