package proc

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestRunDelaysOfAllThreads(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	for tid, text := range map[string]string{"7": "100 2000000 3\n", "9": "5 1000000 1\n"} {
		dir := filepath.Join(root, "7", "task", tid)
		g.Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, "schedstat"), []byte(text), 0o644)).To(Succeed())
	}
	g.Expect(RunDelays(root, 7)).To(Equal(map[int]time.Duration{7: 2 * time.Millisecond, 9: time.Millisecond}))
	_, err := RunDelays(root, 8)
	g.Expect(err).To(MatchError(os.ErrNotExist))
	g.Expect(os.WriteFile(filepath.Join(root, "7", "task", "9", "schedstat"), []byte("1"), 0o644)).To(Succeed())
	_, err = RunDelays(root, 7)
	g.Expect(err).To(MatchError(ContainSubstring("schedstat of thread 9")))
	g.Expect(RunDelays(Root, os.Getpid())).To(HaveKey(os.Getpid()), "of a real process")
}

func TestWhatThisMachineTook(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	write := func(stat, pressure string) {
		g.Expect(os.MkdirAll(filepath.Join(root, "pressure"), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(root, "stat"), []byte(stat), 0o644)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(root, "pressure", "io"), []byte(pressure), 0o644)).To(Succeed())
	}
	write("cpu  1 2 3 4 5 6 7 30 0 0\ncpu0 1 2 3 4 5 6 7 10 0 0\ncpu1 1 2 3 4 5 6 7 20 0 0\nintr 1 2 3\n",
		"some avg10=0.37 avg60=0.27 avg300=0.26 total=3000000\nfull avg10=0.29 avg60=0.20 avg300=0.18 total=2507548\n")
	before, err := ReadMachineWait(root)
	g.Expect(err).NotTo(HaveOccurred())
	write("cpu  1 2 3 4 5 6 7 95 0 0\ncpu0 1 2 3 4 5 6 7 60 0 0\ncpu1 1 2 3 4 5 6 7 35 0 0\n", "some avg10=0.37 avg60=0.27 avg300=0.26 total=3250000\n")
	now, err := ReadMachineWait(root)
	g.Expect(err).NotTo(HaveOccurred())
	stolen, disk := now.Since(before)
	g.Expect(stolen).To(Equal(500*time.Millisecond), "of the processor from which most was taken")
	g.Expect(disk).To(Equal(250 * time.Millisecond))

	g.Expect(os.RemoveAll(filepath.Join(root, "pressure"))).To(Succeed())
	g.Expect(ReadMachineWait(root)).To(HaveField("Disk", time.Duration(0)), "a kernel without pressure stall information")
	write("cpu0 1 2 3 4 5 6 7 x\n", "")
	_, err = ReadMachineWait(root)
	g.Expect(err).To(MatchError(ContainSubstring("steal time of cpu0")))
	write("", "some\n")
	_, err = ReadMachineWait(root)
	g.Expect(err).To(MatchError(ContainSubstring("pressure/io")))
	g.Expect(ReadMachineWait(Root)).To(HaveField("Stolen", Not(BeEmpty())), "of a real machine")
}
