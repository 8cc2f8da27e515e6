//go:build linux

package query

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"stalemate/containers/leftover"
	"stalemate/containers/pid"
)

// encode writes questions, and gives a function that decodes the answers after the first line.
func encode(t *testing.T, asks ...Request) (in *bytes.Buffer, answers func(out *bytes.Buffer) []Answer) {
	t.Helper()
	g := NewWithT(t)
	in = &bytes.Buffer{}
	for _, ask := range asks {
		g.Expect(json.NewEncoder(in).Encode(ask)).To(Succeed())
	}
	return in, func(out *bytes.Buffer) []Answer {
		var all []Answer
		for line := range strings.Lines(out.String()) {
			var a Answer
			g.Expect(json.Unmarshal([]byte(line), &a)).To(Succeed())
			all = append(all, a)
		}
		g.Expect(all[0].Cursor).NotTo(BeZero())
		return all[1:]
	}
}

func ask(verb leftover.Verb, r leftover.Request) Request {
	return Request{Leftovers: &LeftoversRequest{Verb: verb, Request: r}}
}

func TestOneConversationAnswersForLeftoversAndProcesses(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	g.Expect(os.Mkdir(filepath.Join(root, "run"), 0o755)).To(Succeed())
	one := []leftover.Object{{Kind: leftover.PIDFile, Name: "/run/x.pid", Content: "4242\n"}}
	list := ask(leftover.ToList, leftover.Request{Root: root, Dirs: []string{"/run"}})
	in, answers := encode(t,
		ask(leftover.ToPlant, leftover.Request{Root: root, Objects: one}),
		list,
		ask(leftover.ToPlant, leftover.Request{Root: root, Objects: append([]leftover.Object{{Kind: leftover.File, Name: "/run/y"}}, one...)}),
		ask(leftover.ToRemove, leftover.Request{Root: root, Objects: []leftover.Object{{Kind: leftover.File, Name: "/run/*"}}}),
		list,
		Request{Request: pid.Request{Stat: os.Getpid()}},
		Request{Request: pid.Request{Stat: 1 << 30}},
		ask("paint", leftover.Request{}),
	)
	var out bytes.Buffer
	g.Expect(Serve(t.Context(), in, &out)).To(Succeed())
	got := answers(&out)
	g.Expect(got).To(HaveLen(8))
	g.Expect(got[0].Leftovers).To(HaveLen(1))
	g.Expect(got[0].Leftovers[0].Note).To(Equal("planted"))
	g.Expect(got[1].Leftovers).To(HaveLen(2), "with the directory itself")
	g.Expect(got[1].Leftovers[1].Inode).NotTo(BeZero())
	g.Expect(got[1].Leftovers[1].Holds).To(Equal(4242))
	g.Expect(got[2].Error).To(ContainSubstring("plant pid-file /run/x.pid: "))
	g.Expect(got[2].Leftovers).To(HaveLen(1), "the answer lists what was planted before the failure")
	g.Expect(got[3].Leftovers).To(HaveLen(2))
	g.Expect(got[4].Leftovers).To(HaveLen(1))
	g.Expect(got[5].Stat.PID).To(Equal(os.Getpid()))
	g.Expect(got[6].Gone).To(BeTrue())
	g.Expect(got[7].Error).To(ContainSubstring("paint"))
}

func TestOnlyTheHolderMovesTheLastPIDAndItHasNoLeftovers(t *testing.T) {
	g := NewWithT(t)
	at, err := pid.LastPID()
	g.Expect(err).NotTo(HaveOccurred())
	in, answers := encode(t, Request{Request: pid.Request{Advance: &pid.AdvanceRequest{To: at + 100000, Bound: 20}}}, Request{})
	var out bytes.Buffer
	g.Expect(Serve(t.Context(), in, &out)).To(Succeed())
	for _, a := range answers(&out) {
		g.Expect(a.Error).To(ContainSubstring("only the holder"))
		g.Expect(a.Burned).To(BeZero())
	}

	file := filepath.Join(t.TempDir(), "left")
	g.Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
	in, answers = encode(t, ask(leftover.ToRemove, leftover.Request{Objects: []leftover.Object{{Kind: leftover.File, Name: file}}}))
	out.Reset()
	g.Expect(pid.ServeHolder(t.Context(), in, &out)).To(Succeed())
	g.Expect(answers(&out)[0].Error).To(ContainSubstring("empty"))
	g.Expect(file).To(BeAnExistingFile())
}

func TestServeEndsWithItsInput(t *testing.T) {
	g := NewWithT(t)
	var out bytes.Buffer
	g.Expect(Serve(t.Context(), strings.NewReader(""), &out)).To(Succeed())
	g.Expect(Serve(t.Context(), strings.NewReader("nonsense\n"), &out)).To(MatchError(ContainSubstring("not JSON")))
	for accepts := range 2 {
		g.Expect(Serve(t.Context(), strings.NewReader("{}\n"), &refusing{accepts: accepts})).To(MatchError(ContainSubstring("closed pipe")))
	}
}

// refusing accepts the given number of writes and then fails.
type refusing struct{ accepts int }

func (r *refusing) Write(data []byte) (int, error) {
	if r.accepts--; r.accepts >= 0 {
		return len(data), nil
	}
	return 0, os.NewSyscallError("closed pipe", os.ErrClosed)
}
