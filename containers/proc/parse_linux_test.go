package proc

import (
	"net/netip"
	"os"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

func TestParseSyscall(t *testing.T) {
	g := NewWithT(t)
	s, err := ParseSyscall("running\n")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.Name()).To(Equal("running"))
	g.Expect(s.Class()).To(Equal(Running))

	s, err = ParseSyscall("-1 0x7ffc 0x7f01")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.Class()).To(Equal(Running))

	s = Syscall{NR: unix.SYS_READ, Args: [6]uint64{4, 0x7ffd, 1}}
	g.Expect(s.Name()).To(Equal("read"))
	fd, ok := s.FD()
	g.Expect(ok).To(BeTrue())
	g.Expect(fd).To(Equal(4))
	g.Expect(Syscall{NR: unix.SYS_EPOLL_PWAIT}.Class()).To(Equal(AlwaysEINTR))
	g.Expect(Syscall{NR: 99999}.Name()).To(Equal("syscall 99999"))
	g.Expect(Syscall{NR: 99999}.Class()).To(Equal(Unlisted), "what is not known is not stopped early")

	for _, bad := range []string{"", "read", "0", "0 0x1 0x2", "-1 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8", "0 0x1 0x2 0x3 0x4 0x5 0x6 0x7 zz"} {
		_, err := ParseSyscall(bad)
		g.Expect(err).To(HaveOccurred(), bad)
	}
}

func TestReadOneself(t *testing.T) {
	g := NewWithT(t)
	st, err := ReadStatus(Root, os.Getpid(), os.Getpid())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(st.PPID).To(Equal(os.Getppid()))
	g.Expect(st.Caught.Has(int(unix.SIGURG))).To(BeTrue(), "the Go runtime catches it")
	g.Expect(st.Ignored.Has(int(unix.SIGKILL))).To(BeFalse())
	stat, err := ReadStat(Root, os.Getpid(), os.Getpid())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(stat.PPID).To(Equal(os.Getppid()))
	g.Expect(stat.StartTime).NotTo(BeZero())
}

func TestParseStatWithAnAwkwardName(t *testing.T) {
	g := NewWithT(t)
	s, err := ParseStat("42 (a) b (c) S 7 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s).To(Equal(Stat{PID: 42, Comm: "a) b (c", State: "S", PPID: 7, StartTime: 987654}))
}

func TestParseTCPLine(t *testing.T) {
	g := NewWithT(t)
	s, err := ParseTCPLine("   1: 0100007F:1F90 0302010A:022B 01 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 20 4 30 10 -1")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s).To(Equal(TCPSocket{Local: netip.MustParseAddrPort("127.0.0.1:8080"), Remote: netip.MustParseAddrPort("10.1.2.3:555"), Inode: 12345}))
	s, err = ParseTCPLine("   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 778 1")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s).To(Equal(TCPSocket{Local: netip.MustParseAddrPort("[::1]:8080"), Remote: netip.MustParseAddrPort("[::]:0"), Listens: true, Inode: 778}))
	_, err = ParseTCPLine("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")
	g.Expect(err).To(HaveOccurred())
}

func FuzzParseSyscall(f *testing.F) {
	for _, s := range []string{"running", "-1 0x7ffc 0x7f01", "0 0x4 0x7ffd 0x1 0x0 0x0 0x0 0x7ffc 0x7f01", "", "18446744073709551615 0 0"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		s, _ := ParseSyscall(text)
		_, _, _ = s.Name(), s.Class(), s.Args
		_, _ = s.FD()
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte("Name:\ta\nState:\tS (sleeping)\nPPid:\t1\nSigBlk:\t0000000000002000\nvoluntary_ctxt_switches:\t3\n"))
	f.Add([]byte("State:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := ParseStatus(text); err == nil && s.State == 0 {
			t.Fatal("a status without a state was accepted")
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add("42 (a) b (c) S 7 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1")
	f.Add("1 () S")
	f.Add(")(")
	f.Fuzz(func(t *testing.T, line string) {
		if got, err := ParseStat(line); err == nil && got.State == "" {
			t.Errorf("a state is missing from %q and nobody says so", line)
		}
	})
}

func FuzzParseTCPLine(f *testing.F) {
	f.Add("   1: 0100007F:1F90 0302010A:022B 01 0:0 0:0 0 0 0 12345 1")
	f.Fuzz(func(_ *testing.T, line string) { _, _ = ParseTCPLine(line) })
}

func FuzzParseSocketLink(f *testing.F) {
	f.Add("socket:[12345]")
	f.Fuzz(func(_ *testing.T, link string) { _, _ = ParseSocketLink(link) })
}
