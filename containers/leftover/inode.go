package leftover

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"stalemate/reports/record"
)

// ftokInodes is how many inode numbers ftok tells apart: it takes 16 bits.
const ftokInodes = 1 << 16

// InodeCursor is a kind that Plant knows: it creates nothing that stays, but
// makes the next file in the directory Name get an inode number that ends in the
// same 16 bits as Inode, so that ftok makes the same key of it.
const InodeCursor = "inode-cursor"

func plantCursor(ctx context.Context, root string, o Object) (record.Leftover, error) {
	files, err := AdvanceInodes(ctx, root, o.Name, o.Inode)
	return record.Leftover{Kind: InodeCursor, Name: o.Name, Inode: o.Inode, Size: int64(files)}, err
}

// AdvanceInodes moves the inode cursor of the file system under root's dir, by
// creating and deleting files, until the next file gets a number that is like
// inode in ftok's 16 bits; it returns how many files that took, at most 65536
// (about 0.3 s). It works where numbers are given out in sequence, as on a tmpfs,
// which is what /run is on a host. On ext4 a freed number is given out again at
// once, to whoever comes first, and cannot be aimed at; that is an error.
func AdvanceInodes(ctx context.Context, root, dir string, inode uint64) (int, error) {
	at, err := resolve(root, dir+"/.")
	if err != nil {
		return 0, fmt.Errorf("advance inodes: %w", err)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(at, &fs); err != nil {
		return 0, fmt.Errorf("advance inodes in %s: %w", dir, err)
	}
	if fs.Type != unix.TMPFS_MAGIC {
		return 0, fmt.Errorf("advance inodes in %s: not a tmpfs (type %#x): its numbers cannot be aimed at", dir, fs.Type)
	}
	scratch := filepath.Join(at, ".stalemate-inode")
	for tried := 1; tried <= ftokInodes+1; tried++ {
		if tried%1024 == 0 && ctx.Err() != nil {
			return tried, fmt.Errorf("advance inodes in %s: %w", dir, ctx.Err())
		}
		got, err := burnInode(scratch)
		if err != nil {
			return tried, fmt.Errorf("advance inodes in %s: %w", dir, err)
		}
		if (got+1)%ftokInodes == inode%ftokInodes {
			return tried, nil
		}
	}
	return ftokInodes, fmt.Errorf("advance inodes in %s: %d files, and none had the number before %d", dir, ftokInodes, inode)
}

func burnInode(scratch string) (uint64, error) {
	f, err := os.OpenFile(scratch, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := os.Remove(scratch); err != nil {
		return 0, err
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return 0, err
	}
	return st.Ino, nil
}
