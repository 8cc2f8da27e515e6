package leftover

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

// Names that Apache 2.4.71 with Debian's APR 1.7.2 created, read from /dev/shm.
func TestAPRShmObjectIsWhatAPRMade(t *testing.T) {
	g := NewWithT(t)
	g.Expect(APRShmObject("/run/httpd/authdigest_shm.32768")).To(Equal("ShM.bf8f5a17Hd45fb0c7"))
	g.Expect(APRShmObject("/run/httpd/authdigest_shm.4242")).To(Equal("ShM.fe0ca5f9H3d6fdb8f"))
}

// The key of Apache's segment with APR built for shmget: on a tmpfs, inode 2, path /run/httpd/authdigest_shm.4242, read from
// /proc/sysvipc/shm.
func TestFtokKeyIsWhatAPRMade(t *testing.T) {
	g := NewWithT(t)
	project := APRProject("/run/httpd/authdigest_shm.4242")
	g.Expect(project).To(Equal(0xf9))
	g.Expect(FtokKey(0xaa, 2, project)).To(Equal(uint32(0xf9aa0002)))
	g.Expect(FtokKey(0x1aa, 0x10002, project)).To(Equal(uint32(0xf9aa0002)), "only the low bits count")
}

func TestAlikePIDsMakeTheSameKeyOfOneInode(t *testing.T) {
	g := NewWithT(t)
	const prefix = "/run/httpd/authdigest_shm."
	g.Expect(APRProject(prefix + "4242")).To(Equal(0xf9))
	g.Expect(APRProject(prefix+"4161")).To(Equal(0xf9), "seen: a successor with this PID collided with the segment of 4242")
	g.Expect(APRProject(prefix + "4243")).NotTo(Equal(0xf9))
}

func TestObjectKeyFromAFile(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "shm")
	g.Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
	var st syscall.Stat_t
	g.Expect(syscall.Stat(file, &st)).To(Succeed())
	key, err := Object{Kind: SysVShm, Ftok: &Ftok{File: "/shm", Project: 0x1f9}}.key(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(key).To(Equal(uint32(0xf9)<<24 | uint32(st.Dev&0xff)<<16 | uint32(st.Ino&0xffff)))
	_, err = Object{Kind: SysVShm, Key: "0x0"}.key("")
	g.Expect(err).To(MatchError(ContainSubstring("nobody can find")))
}
