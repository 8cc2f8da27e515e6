package pod

import (
	"context"
	"fmt"

	cerrdefs "github.com/containerd/errdefs"

	"stalemate/containers/leftover"
)

// maxAccounts bounds the /etc/passwd and /etc/group of an image, in bytes.
const maxAccounts = 1 << 20

// Owner finds the user and group of an owner, as chown takes it, in the target's /etc/passwd and /etc/group. An image without
// these files has only numbers.
func (p *Pod) Owner(ctx context.Context, owner string) (uid, gid int, err error) {
	var files [2]string
	for i, name := range []string{"/etc/passwd", "/etc/group"} {
		content, err := p.CopyFrom(ctx, name, maxAccounts)
		if err != nil && !cerrdefs.IsNotFound(err) {
			return 0, 0, fmt.Errorf("pod %s: find the owner %q: %w", p.spec.Name, owner, err)
		}
		files[i] = string(content)
	}
	return leftover.Owner(owner, files[0], files[1])
}
