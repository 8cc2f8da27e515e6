package leftover

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// do carries out a request that must succeed.
func do(t *testing.T, verb Verb, r Request) []record.Leftover {
	t.Helper()
	found, err := r.Do(t.Context(), verb)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return found
}

func TestPlantListRemoveFiles(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	g.Expect(os.Mkdir(filepath.Join(root, "run"), 0o755)).To(Succeed())
	planted := do(t, ToPlant, Request{Root: root, Objects: []Object{
		{Kind: Directory, Name: "/run/d"},
		{Kind: File, Name: "/run/d/f", Content: "hello", Mode: "0640"},
		{Kind: PIDFile, Name: "/run/x.pid", Content: "4242\n"},
		{Kind: Lock, Name: "/run/x.lock"},
		{Kind: Socket, Name: "/run/cgisock.4242", Mode: "0700"},
		{Kind: FIFO, Name: "/run/pipe"},
		{Kind: Symlink, Name: "/run/to", Content: "/run/d"},
	}})
	g.Expect(planted).To(HaveLen(7))

	found := do(t, ToList, Request{Root: root, Dirs: []string{"/run", "/none"}})
	g.Expect(found).To(HaveLen(8)) // with /run itself
	for i, want := range []struct{ kind, name, mode string }{
		{Directory, "/run", "0755"}, {Directory, "/run/d", "0755"}, {FIFO, "/run/pipe", "0600"}, {File, "/run/d/f", "0640"},
		{Lock, "/run/x.lock", "0600"}, {PIDFile, "/run/x.pid", "0600"}, {Socket, "/run/cgisock.4242", "0700"}, {Symlink, "/run/to", "0777"},
	} {
		l := found[i]
		g.Expect([]string{l.Kind, l.Name, l.Mode}).To(Equal([]string{want.kind, want.name, want.mode}))
		g.Expect(l.Inode).NotTo(BeZero())
		g.Expect(l.Owner).To(Equal(strconv.Itoa(os.Getuid())))
	}
	g.Expect(found[5].Holds).To(Equal(4242))

	removed := do(t, ToRemove, Request{Root: root, Objects: []Object{
		{Kind: Lock, Name: "/run/x.*"}, {Kind: Directory, Name: "/run/d"}, {Kind: File, Name: "/run/none"}, {Kind: File, Name: "/none/x"},
	}})
	g.Expect(names(removed)).To(Equal([]string{"/run/x.lock", "/run/x.pid", "/run/d"}))
	found = do(t, ToList, Request{Root: root, Dirs: []string{"/run"}})
	g.Expect(names(found)).To(Equal([]string{"/run", "/run/pipe", "/run/cgisock.4242", "/run/to"}))
}

func TestPlantRefusesWhatIsThere(t *testing.T) {
	g := NewWithT(t)
	twice := Request{Root: t.TempDir(), Objects: []Object{{Kind: Socket, Name: "/s"}, {Kind: FIFO, Name: "/f"}, {Kind: Socket, Name: "/s"}}}
	planted, err := twice.Do(t.Context(), ToPlant)
	g.Expect(err).To(MatchError("plant socket /s: file exists"))
	g.Expect(names(planted)).To(Equal([]string{"/s", "/f"}), "what was planted before it is told")
}

// A target's /var/run -> /run must lead to the target's /run, not to that of this process.
func TestAbsoluteLinksStayBelowTheRoot(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(root, "run/httpd"), 0o755)).To(Succeed())
	g.Expect(os.Mkdir(filepath.Join(root, "var"), 0o755)).To(Succeed())
	g.Expect(os.Symlink("/run", filepath.Join(root, "var/run"))).To(Succeed())
	g.Expect(os.Symlink("../../../etc", filepath.Join(root, "var/up"))).To(Succeed())
	g.Expect(os.Symlink("loop", filepath.Join(root, "loop"))).To(Succeed())
	for name, want := range map[string]string{
		"/var/run/httpd": "/run/httpd", "/var/up/passwd": "/etc/passwd", "/../../x": "/x", "/": "/", "/var/run": "/var/run",
	} {
		at, err := resolve(root, name)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(at).To(Equal(filepath.Join(root, want)), name)
	}
	_, err := resolve(root, "/loop/x")
	g.Expect(err).To(MatchError(ContainSubstring("too many symbolic links")))
	_, err = resolve(root, "run")
	g.Expect(err).To(MatchError(ContainSubstring("not an absolute path")))
}

func TestSysVAndPosixObjects(t *testing.T) {
	g := NewWithT(t)
	key := "0x5ta1e"
	_, err := Request{Objects: []Object{{Kind: SysVShm, Key: key}}}.Do(t.Context(), ToPlant)
	g.Expect(err).To(MatchError(ContainSubstring("invalid syntax")))

	// Keys and names that contain this process's PID, so that two test runs do not collide.
	key = "0x57" + strconv.FormatInt(int64(0x100000+os.Getpid()), 16)
	name := "stalemate-test-" + strconv.Itoa(os.Getpid())
	objects := []Object{
		{Kind: SysVShm, Key: key, Size: 5000, Mode: "0640"},
		{Kind: SysVSem, Key: key, Size: 3},
		{Kind: SysVMsg, Key: key},
		{Kind: PosixShm, Name: name, Size: 1008},
	}
	t.Cleanup(func() {
		for _, o := range objects {
			_, _ = remove("", o)
		}
	})
	planted, err := Request{Objects: objects}.Do(t.Context(), ToPlant)
	if errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) {
		t.Skip("no SysV IPC here:", err)
	}
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(planted).To(HaveLen(4))
	g.Expect(planted[0].Size).To(BeEquivalentTo(5000))
	g.Expect(planted[0].Mode).To(Equal("0640"))
	g.Expect(planted[1].Size).To(BeEquivalentTo(3))

	_, err = Request{Objects: objects[:1]}.Do(t.Context(), ToPlant)
	g.Expect(err).To(MatchError(ContainSubstring("file exists")))

	mine := func() []string {
		var kinds []string
		for _, l := range do(t, ToList, Request{IPC: true}) {
			if l.Key == key || l.Name == ShmDir+"/"+name {
				kinds = append(kinds, l.Kind)
			}
		}
		return kinds
	}
	g.Expect(mine()).To(Equal([]string{PosixShm, SysVMsg, SysVSem, SysVShm}))
	g.Expect(do(t, ToRemove, Request{Objects: objects})).To(HaveLen(4))
	g.Expect(mine()).To(BeEmpty())
}

// On a tmpfs the next file gets the wanted inode. Other file systems are an error.
func TestAdvanceInodes(t *testing.T) {
	g := NewWithT(t)
	_, err := AdvanceInodes(t.Context(), "", "/proc/self", 5)
	g.Expect(err).To(MatchError(ContainSubstring("not a tmpfs")))

	dir, err := os.MkdirTemp(ShmDir, "stalemate-test-")
	if err != nil {
		t.Skip("no tmpfs to try on:", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	first, err := takeInode(filepath.Join(dir, "x"))
	g.Expect(err).NotTo(HaveOccurred())
	planted, err := Request{Objects: []Object{{Kind: InodeCursor, Name: dir, Inode: first}}}.Do(t.Context(), ToPlant)
	if err != nil && strings.Contains(err.Error(), "not a tmpfs") {
		t.Skip(err)
	}
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(planted).To(HaveLen(1))
	again, err := takeInode(filepath.Join(dir, "x"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again % ftokInodes).To(Equal(first % ftokInodes))
	g.Expect(again).NotTo(Equal(first), "a number like the first, another file")
}

// A daemon's pid file is one whatever its name is, and whatever follows the first line.
func TestTheFirstLineOfAPIDFileCounts(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	for content, want := range map[string]int{
		"4242\n": 4242, "  4242": 4242, "4242\n/var/lib/postgresql/15/main\n" + strings.Repeat("x", 500): 4242,
		"": 0, "\n4242\n": 0, "x4242\n": 0, "-1\n": 0, "0\n": 0, strings.Repeat("9", 300): 0,
	} {
		g.Expect(os.WriteFile(filepath.Join(root, "state"), []byte(content), 0o600)).To(Succeed())
		found := do(t, ToList, Request{Root: root, PIDFile: "/state"})
		g.Expect(found).To(HaveExactElements(And(HaveField("Name", "/state"), HaveField("Holds", want))), "%q", content)
	}
	g.Expect(do(t, ToList, Request{Root: root, PIDFile: "/none"})).To(BeEmpty())
}
