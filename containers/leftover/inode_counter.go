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

// ftokInodes is how many inode numbers ftok distinguishes: it uses 16 bits.
const ftokInodes = 1 << 16

// InodeCursor is a kind of Object to plant. It leaves nothing behind, but makes the next file in the directory Name get an inode
// with the same low 16 bits as Inode, so that ftok makes the same key of it.
const InodeCursor = "inode-cursor"

func plantInodeCursor(ctx context.Context, root string, o Object) (record.Leftover, error) {
	files, err := AdvanceInodes(ctx, root, o.Name, o.Inode)
	return record.Leftover{Kind: InodeCursor, Name: o.Name, Inode: o.Inode, Size: int64(files)}, err
}

// AdvanceInodes creates and deletes files in dir, below root, until the next file gets an inode with the same low 16 bits. It
// returns how many files that took: at most 65536, in about 0.3 s. The file system must be a tmpfs, as /run is on a host: a tmpfs
// numbers inodes in order. ext4 reuses a freed number at once, so that it cannot be chosen; that is an error.
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
		return 0, fmt.Errorf("advance inodes in %s: not a tmpfs (type %#x), so inode numbers cannot be chosen", dir, fs.Type)
	}
	scratch := filepath.Join(at, ".stalemate-inode")
	for tried := 1; tried <= ftokInodes+1; tried++ {
		if tried%1024 == 0 && ctx.Err() != nil {
			return tried, fmt.Errorf("advance inodes in %s: %w", dir, ctx.Err())
		}
		got, err := takeInode(scratch)
		if err != nil {
			return tried, fmt.Errorf("advance inodes in %s: %w", dir, err)
		}
		if (got+1)%ftokInodes == inode%ftokInodes {
			return tried, nil
		}
	}
	return ftokInodes, fmt.Errorf("advance inodes in %s: none of %d files had the inode before %d", dir, ftokInodes, inode)
}

// takeInode creates and deletes a file, and returns its inode.
func takeInode(scratch string) (uint64, error) {
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
