package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/client"
)

// ImageNames are the names of the engine's images, in order. stalemate's own and images without a name are left out.
func (e *Engine) ImageNames(ctx context.Context) ([]string, error) {
	images, err := e.client.ImageList(ctx, client.ImageListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the engine's images: %w", err)
	}
	var names []string
	for _, one := range images.Items {
		for _, name := range one.RepoTags {
			if !strings.HasPrefix(name, "stalemate/") && !strings.Contains(name, "<none>") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
