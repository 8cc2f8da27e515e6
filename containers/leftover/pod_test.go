package leftover

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/reports/record"
)

// ask serves one request and gives the leftovers and the closing note.
func ask(t *testing.T, serve func(context.Context, *strings.Reader, *bytes.Buffer) error, r Request) ([]record.Leftover, string) {
	t.Helper()
	g := NewWithT(t)
	line, err := json.Marshal(r)
	g.Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	g.Expect(serve(t.Context(), strings.NewReader(string(line)+"\n"), &out)).To(Succeed())
	var found []record.Leftover
	var note string
	for event := range strings.Lines(out.String()) {
		var e record.Event
		g.Expect(json.Unmarshal([]byte(event), &e)).To(Succeed())
		g.Expect(e.T).To(BeNumerically(">", 0))
		g.Expect(e.Run).To(Equal(r.Run))
		if e.Kind == record.LeftoverSeen {
			found = append(found, *e.Leftover)
			continue
		}
		g.Expect(e.Kind).To(Equal(record.Observed))
		note = e.Note
	}
	g.Expect(note).To(HavePrefix(Done))
	return found, note
}

func list(ctx context.Context, in *strings.Reader, out *bytes.Buffer) error {
	return List(ctx, in, out)
}
func plantThem(ctx context.Context, in *strings.Reader, out *bytes.Buffer) error {
	return Plant(ctx, in, out)
}
func removeThem(ctx context.Context, in *strings.Reader, out *bytes.Buffer) error {
	return Remove(ctx, in, out)
}

func TestPlantListRemoveFiles(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	stamp := Stamp{Run: "r", Target: "t", When: Before, Incarnation: 2}
	g.Expect(os.Mkdir(filepath.Join(root, "run"), 0o755)).To(Succeed())
	planted, note := ask(t, plantThem, Request{Stamp: stamp, Root: root, Objects: []Object{
		{Kind: Directory, Name: "/run/d"},
		{Kind: File, Name: "/run/d/f", Content: "hello", Mode: "0640"},
		{Kind: PIDFile, Name: "/run/x.pid", Content: "4242\n"},
		{Kind: Lock, Name: "/run/x.lock"},
		{Kind: Socket, Name: "/run/cgisock.4242", Mode: "0700"},
		{Kind: FIFO, Name: "/run/pipe"},
		{Kind: Symlink, Name: "/run/to", Content: "/run/d"},
	}})
	g.Expect(note).To(Equal("done: 7 objects"))
	g.Expect(planted).To(HaveLen(7))

	found, _ := ask(t, list, Request{Stamp: stamp, Root: root, Dirs: []string{"/run", "/none"}})
	g.Expect(found).To(HaveLen(8)) // with /run itself
	for i, want := range []struct{ kind, name, mode string }{
		{Directory, "/run", "0755"}, {Directory, "/run/d", "0755"}, {FIFO, "/run/pipe", "0600"}, {File, "/run/d/f", "0640"},
		{Lock, "/run/x.lock", "0600"}, {PIDFile, "/run/x.pid", "0600"}, {Socket, "/run/cgisock.4242", "0700"}, {Symlink, "/run/to", "0777"},
	} {
		l := found[i]
		g.Expect([]string{l.Kind, l.Name, l.Mode}).To(Equal([]string{want.kind, want.name, want.mode}))
		g.Expect(l.Inode).NotTo(BeZero())
		g.Expect(l.Owner).To(Equal(strconv.Itoa(os.Getuid())))
		g.Expect([]any{l.When, l.Inc}).To(Equal([]any{Before, 2}))
	}
	g.Expect(found[5].Holds).To(Equal(4242))

	removed, note := ask(t, removeThem, Request{Root: root, Objects: []Object{
		{Kind: Lock, Name: "/run/x.*"}, {Kind: Directory, Name: "/run/d"}, {Kind: File, Name: "/run/none"}, {Kind: File, Name: "/none/x"},
	}})
	g.Expect(names(removed)).To(Equal([]string{"/run/x.lock", "/run/x.pid", "/run/d"}))
	g.Expect(note).To(Equal("done: 3 objects"))
	found, _ = ask(t, list, Request{Root: root, Dirs: []string{"/run"}})
	g.Expect(names(found)).To(Equal([]string{"/run", "/run/pipe", "/run/cgisock.4242", "/run/to"}))
}

func TestPlantRefusesWhatIsThere(t *testing.T) {
	root := t.TempDir()
	for range 2 {
		_, note := ask(t, plantThem, Request{Root: root, Objects: []Object{{Kind: Socket, Name: "/s"}}})
		if note == "done: 1 objects" {
			continue
		}
		NewWithT(t).Expect(note).To(Equal("done: 0 objects; failed: plant socket /s: file exists"))
		return
	}
	t.Error("planted twice")
}

// A target's /var/run leads to /run: its own, not that of the lister.
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
	_, note := ask(t, plantThem, Request{Objects: []Object{{Kind: SysVShm, Key: key}}})
	g.Expect(note).To(ContainSubstring("invalid syntax"))

	// Keys and a name of this process's own, so that two runs do not meet.
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
	planted, note := ask(t, plantThem, Request{Objects: objects})
	if strings.Contains(note, "function not implemented") || strings.Contains(note, "operation not permitted") {
		t.Skip("no SysV IPC here:", note)
	}
	g.Expect(planted).To(HaveLen(4), note)
	g.Expect(planted[0].Size).To(BeEquivalentTo(5000))
	g.Expect(planted[0].Mode).To(Equal("0640"))
	g.Expect(planted[1].Size).To(BeEquivalentTo(3))

	_, note = ask(t, plantThem, Request{Objects: objects[:1]})
	g.Expect(note).To(ContainSubstring("file exists"))

	mine := func() []string {
		found, _ := ask(t, list, Request{IPC: true})
		var kinds []string
		for _, l := range found {
			if l.Key == key || l.Name == ShmDir+"/"+name {
				kinds = append(kinds, l.Kind)
			}
		}
		return kinds
	}
	g.Expect(mine()).To(Equal([]string{PosixShm, SysVMsg, SysVSem, SysVShm}))
	removed, _ := ask(t, removeThem, Request{Objects: objects})
	g.Expect(removed).To(HaveLen(4))
	g.Expect(mine()).To(BeEmpty())
}

// On a tmpfs the next file gets the number that was asked for; elsewhere it says so.
func TestAdvanceInodes(t *testing.T) {
	g := NewWithT(t)
	_, err := AdvanceInodes(t.Context(), "", "/proc/self", 5)
	g.Expect(err).To(MatchError(ContainSubstring("not a tmpfs")))

	dir, err := os.MkdirTemp(ShmDir, "stalemate-test-")
	if err != nil {
		t.Skip("no tmpfs to try on:", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	first, err := burnInode(filepath.Join(dir, "x"))
	g.Expect(err).NotTo(HaveOccurred())
	planted, note := ask(t, plantThem, Request{Objects: []Object{{Kind: InodeCursor, Name: dir, Inode: first}}})
	if strings.Contains(note, "not a tmpfs") {
		t.Skip(note)
	}
	g.Expect(planted).To(HaveLen(1), note)
	again, err := burnInode(filepath.Join(dir, "x"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again % ftokInodes).To(Equal(first % ftokInodes))
	g.Expect(again).NotTo(Equal(first), "a number like the first, another file")
}

func TestServeEndsWithItsInput(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect(List(t.Context(), strings.NewReader(""), &out)).To(Succeed())
	g.Expect(out.String()).To(BeEmpty())
	g.Expect(List(t.Context(), strings.NewReader("{\n"), &out)).To(MatchError(ContainSubstring("read request")))
	g.Expect(List(t.Context(), strings.NewReader("{}\n"), refusing{})).To(MatchError(ContainSubstring("closed pipe")))
}

type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, os.NewSyscallError("closed pipe", os.ErrClosed) }
