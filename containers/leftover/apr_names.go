package leftover

import "fmt"

// APRShmObject is the name below /dev/shm that APR makes of a segment's path, if APR is built with POSIX shared memory (Debian 12
// and 13): make_shm_open_safe_name in shmem/unix/shm.c. The path must be the one that the server passes, such as
// /run/httpd/authdigest_shm.4242.
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

// rsHash is the hash function of Robert Sedgewick's "Algorithms in C", as in APR. char is signed there, as on amd64.
func rsHash(s string) uint32 {
	const b = 378551
	var h, a uint32 = 0, 63689
	for i := range len(s) {
		h = h*a + uint32(int32(int8(s[i])))
		a *= b
	}
	return h
}

// FtokKey is ftok(3) of the C library: the low 8 bits of the project, the low 8 bits of the device, the low 16 bits of the inode.
// Two files that agree in these have the same key. The kernel may reuse the inode of a removed file for the next one.
func FtokKey(device, inode uint64, project int) uint32 {
	return uint32(project&0xff)<<24 | uint32(device&0xff)<<16 | uint32(inode&0xffff)
}

// APRProject is the project that APR passes to ftok where its named shared
// memory is SysV (Debian 11, RHEL): the hash of the path, of which ftok takes 8
// bits. So other PIDs give the same project.
func APRProject(path string) int { return int(times33(path) & 0xff) }
