package startup

import (
	"context"
	"fmt"
	"path"

	"stalemate/containers/leftover"
	"stalemate/containers/pod"
	"stalemate/reports/record"
)

// LastSeen is the one leftover of that name that had an inode number, as it was last seen.
func (s *scenario) LastSeen(pattern string) (record.Leftover, error) {
	var had record.Leftover
	for name, l := range s.seen {
		if ok, _ := path.Match(s.expand(pattern), name); ok && l.Inode != 0 && l.Kind != leftover.Directory {
			if had.Inode != 0 {
				return had, fmt.Errorf("%s matches %s and %s; name the one whose inode number is meant", pattern, had.Name, name)
			}
			had = l
		}
	}
	if had.Inode == 0 {
		return had, fmt.Errorf("no inode number of %s was seen", pattern)
	}
	return had, nil
}

// AimInode gives the next file in the run directory this inode number.
func (s *scenario) AimInode(ctx context.Context, inode uint64) error {
	cursor := leftover.Object{Kind: leftover.InodeCursor, Name: s.leftovers().RunDir.Path, Inode: inode}
	_, err := s.pod.Leftovers(ctx, pod.Witness, leftover.ToPlant, leftover.Request{Objects: []leftover.Object{cursor}})
	return err
}
