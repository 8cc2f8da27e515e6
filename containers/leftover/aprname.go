package leftover

import "fmt"

// APRShmObject is the file under /dev/shm that APR makes of a segment's path
// where its named shared memory is POSIX (Debian 12 and 13):
// make_shm_open_safe_name in APR's shmem/unix/shm.c. The path must be as the
// server passed it (/run/httpd/authdigest_shm.4242).
func APRShmObject(path string) string {
	return fmt.Sprintf("ShM.%xH%x", times33(path), rsHash(path))
}

// times33 is apr_hashfunc_default: hash*33 + c from 0, in 32 bits.
func times33(s string) uint32 {
	var h uint32
	for i := range len(s) {
		h = h*33 + uint32(s[i])
	}
	return h
}

// rsHash is the hash of Robert Sedgewick's Algorithms in C, as APR has it. The
// characters are signed there, as char is on amd64.
func rsHash(s string) uint32 {
	const b = 378551
	var h, a uint32 = 0, 63689
	for i := range len(s) {
		h = h*a + uint32(int32(int8(s[i])))
		a *= b
	}
	return h
}

// FtokKey is the C library's ftok: the project's low 8 bits, the device's low 8
// bits, the inode's low 16. Two files collide once these agree, and an inode
// that was freed is given to the next file.
func FtokKey(device, inode uint64, project int) uint32 {
	return uint32(project&0xff)<<24 | uint32(device&0xff)<<16 | uint32(inode&0xffff)
}

// APRProject is the project that APR passes to ftok where its named shared
// memory is SysV (Debian 11, RHEL): the hash of the path, of which ftok takes 8
// bits. So other PIDs give the same project: see APRPIDsAlike.
func APRProject(path string) int { return int(times33(path) & 0xff) }

// APRPIDsAlike lists up to limit PIDs other than pid, from low to high, whose path
// prefix+PID has the same project as prefix+pid. A successor with such a PID
// collides with pid's segment as soon as its file gets the inode of pid's.
func APRPIDsAlike(prefix string, pid, low, high, limit int) []int {
	want := APRProject(fmt.Sprint(prefix, pid))
	var alike []int
	for p := low; p <= high && len(alike) < limit; p++ {
		if p != pid && APRProject(fmt.Sprint(prefix, p)) == want {
			alike = append(alike, p)
		}
	}
	return alike
}
