package record

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestALogThatIsNotPublishedLeavesTheOldOne(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	g.Expect(os.WriteFile(path, []byte("old\n"), 0o644)).To(Succeed())
	log, err := CreateLog(path, "r1", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Write(Event{Kind: RunStarted})).To(Succeed())
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("old\n"))
	g.Expect(log.Close()).To(Succeed())
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("old\n"))
	left, err := os.ReadDir(filepath.Dir(path))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(HaveLen(1), "nothing stays beside it")
}

func TestAPublishedLogHasAllThatWasWritten(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	g.Expect(os.WriteFile(path, []byte("old\n"), 0o644)).To(Succeed())
	log, err := CreateLog(path, "r1", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Write(Event{Kind: RunStarted})).To(Succeed())
	g.Expect(log.Publish()).To(Succeed())
	g.Expect(log.Publish()).To(Succeed(), "twice is once")
	g.Expect(log.Write(Event{Kind: RunEnded})).To(Succeed())
	events, err := ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(2))
	g.Expect(log.Close()).To(Succeed())
	g.Expect(path).To(BeARegularFile())
}

func TestOneFolderHasOneRunAtATime(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	first, err := CreateLog(path, "r1", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(first.Publish()).To(Succeed())
	_, err = CreateLog(path, "r2", nil)
	g.Expect(err).To(MatchError(ErrInUse))
	g.Expect(err).To(MatchError(ContainSubstring("--out")))
	g.Expect(first.Close()).To(Succeed())
	second, err := CreateLog(path, "r2", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(second.Close()).To(Succeed())
}

// full is a file on a disk that has room for so many bytes.
type full struct {
	bytes.Buffer
	room int
}

func (f *full) Write(p []byte) (int, error) {
	if n := min(len(p), f.room-f.Len()); n < len(p) {
		f.Buffer.Write(p[:n])
		return n, errDisk
	}
	return f.Buffer.Write(p)
}

func (f *full) Truncate(size int64) error {
	f.Buffer.Truncate(int(size))
	return nil
}

func TestHalfALineIsTakenBack(t *testing.T) {
	g := NewWithT(t)
	disk := &full{room: 100}
	log := NewLog(&whole{file: disk}, "r1", nil)
	g.Expect(log.Write(Event{Kind: RunStarted})).To(Succeed())
	g.Expect(log.Write(Event{Kind: Observed, Note: string(bytes.Repeat([]byte("x"), 100))})).To(MatchError(errDisk))
	disk.room = 1000
	g.Expect(log.Write(Event{Kind: RunEnded})).To(Succeed())
	events, err := Read(&disk.Buffer)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(2))
	g.Expect(log.Close()).To(MatchError(errDisk), "the log is not whole, and says so")
}

// TestALinkIsNotFollowed: a pull request could put one where the log begins, and so truncate any file of the user.
func TestALinkIsNotFollowed(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	g.Expect(os.WriteFile(victim, []byte("precious"), 0o600)).To(Succeed())
	out := filepath.Join(dir, "out")
	g.Expect(os.Mkdir(out, 0o755)).To(Succeed())
	for _, name := range []string{"log.jsonl", ".log.jsonl.new"} {
		g.Expect(os.Symlink(victim, filepath.Join(out, name))).To(Succeed())
	}
	log, err := CreateLog(filepath.Join(out, "log.jsonl"), "r1", nil)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(log.Write(Event{Kind: RunStarted})).To(Succeed())
	g.Expect(log.Publish()).To(Succeed())
	g.Expect(log.Close()).To(Succeed())
	g.Expect(os.ReadFile(victim)).To(BeEquivalentTo("precious"))
	events, err := ReadFile(filepath.Join(out, "log.jsonl"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(events).To(HaveLen(1))
	g.Expect(os.Symlink(out, filepath.Join(dir, "link"))).To(Succeed())
	_, err = CreateLog(filepath.Join(dir, "link", "log.jsonl"), "r2", nil)
	g.Expect(err).To(MatchError(ContainSubstring("link is a symbolic link: give the path to which it leads")))
}
